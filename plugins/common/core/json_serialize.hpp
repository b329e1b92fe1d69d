// A value of the JSON reader as text again. Pure; any thread.
#pragma once

#include <string>

#include "json_reader.hpp"

namespace jackfield {

// On one line, without blanks. Numbers are as short as they can be without another value.
std::string to_json(const JsonValue& value);

}  // namespace jackfield
