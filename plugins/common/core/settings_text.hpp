// Texts of settings: numbers as services want them, lists as people write them, and what counts as
// nothing. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json_reader.hpp"

namespace jackfield {

// "0.70": rounded to two decimals, with a point whatever the locale says. Up to a million.
std::string two_decimals(double value);

// Nothing, or blanks alone: what a variable without a value leaves in a pipeline file
// (tools="${TOOLS:- }").
bool is_blank(std::string_view text);

// "file:1:2: what", as compilers have it.
std::string mistake_in(const std::string& file, const PositionedError& mistake);

// "a, b,c" as three terms; empty ones are left out.
std::vector<std::string> split_terms(std::string_view text);

}  // namespace jackfield
