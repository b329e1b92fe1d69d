// Texts without what is secret by its place in them, for what is shown of pipelines. The secrets of
// this process that are known are another matter: redaction.hpp. Pure.
#pragma once

#include <string>

namespace jackfield {

// Users in addresses ("turn://name:password@host" becomes "turn://***@host"), and the values of
// settings whose names say that they are secret ("openaillm api-key=sk-1 model=m" becomes
// "openaillm api-key=*** model=m"), in quotes or not, escaped or not.
std::string masked(const std::string& text);

}  // namespace jackfield
