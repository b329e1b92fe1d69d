// Where to get an element that is not installed.
#pragma once

#include <string>
#include <string_view>

namespace jackfield {

// What to do about the missing element `factory` on Debian and its relatives: the package to
// install, or how to build the one that is ours. "" when unknown.
std::string how_to_get(std::string_view factory);

}  // namespace jackfield
