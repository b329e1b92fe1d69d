// Where the running program lies.
#pragma once

#include <string>

namespace jackfield {

// The folder of the executable, absolute, links resolved; empty where the system does not tell.
std::string executable_folder();

}  // namespace jackfield
