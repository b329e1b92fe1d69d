// Texts of settings: numbers as services want them, and lists as people write them. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

// "0.70": rounded to two decimals, with a point whatever the locale says. Up to a million.
std::string two_decimals(double value);

// "a, b,c" as three terms; empty ones are left out.
std::vector<std::string> split_terms(std::string_view text);

}  // namespace jackfield
