// The file of a persona, for the elements that take one.
#pragma once

#include <string>

#include "persona.hpp"

namespace jackfield {

// At most 1 MiB of UTF-8. Throws std::runtime_error whose text names file, line and column. Any
// thread; it reads the disk.
Persona load_persona(const std::string& path);

}  // namespace jackfield
