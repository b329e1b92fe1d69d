// What readers of a service's JSON messages ask of an object. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json_reader.hpp"

namespace jackfield {

// The member `key` of `object`, when it is of that kind; else "", false, 0 or null.
std::string string_member(const JsonValue& object, std::string_view key);
bool true_member(const JsonValue& object, std::string_view key);
double number_member(const JsonValue& object, std::string_view key);
const JsonValue* array_member(const JsonValue& object, std::string_view key);
const JsonValue* object_member(const JsonValue& object, std::string_view key);

// A message whose kind stands in its string member `type_key`; std::nullopt for anything else.
std::optional<JsonValue> parse_typed_message(std::string_view text, std::string_view type_key);

}  // namespace jackfield
