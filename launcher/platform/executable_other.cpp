#include "platform/executable.hpp"

namespace jackfield {

// Unknown: what is installed is looked for where it was meant to be installed.
std::string executable_folder() { return {}; }

}  // namespace jackfield
