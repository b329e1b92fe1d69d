// What readers of the API's JSON ask of an object.
#pragma once

#include <string>

#include "json_reader.hpp"
#include "json_serialize.hpp"

namespace openai {

// The string member `key` of an object; "" when it is absent or no string.
std::string string_member(const jackfield::JsonValue& object, std::string_view key);

}  // namespace openai
