// Times of the control API as they are read here.
#pragma once

#include <string>

namespace jackfield::cli {

// The time of day in this machine's time zone, with the date when that is not today. What is no
// time in ISO 8601 stays as it is.
std::string local_time(const std::string& iso);

}  // namespace jackfield::cli
