// A value of the JSON reader as text again.
#pragma once

#include <string>

#include "json_reader.hpp"

namespace openai {

std::string to_json(const jackfield::JsonValue& value);

// The string member `key` of an object; "" when it is absent or no string.
std::string string_member(const jackfield::JsonValue& object, std::string_view key);

}  // namespace openai
