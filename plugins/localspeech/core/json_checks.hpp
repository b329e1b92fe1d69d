// Checks on the way from JSON to a model. Each names the place of what it does not like by throwing
// ScriptError; `what` says in words what the value is ("a rule").
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "json_reader.hpp"

namespace localspeech {

using jackfield::JsonMember;
using jackfield::JsonValue;
using jackfield::read_json;
using jackfield::TextPosition;
using ScriptError = jackfield::PositionedError;

std::string quoted(std::string_view text);

void json_require(const JsonValue& value, JsonValue::Kind kind, const std::string& what);
// An object with no other keys than these.
void json_check_keys(const JsonValue& object, std::initializer_list<std::string_view> known,
                     const std::string& what);
// A key that is used as a name: 1 to 40 letters, digits, '_' or '-'.
void json_check_name(const JsonMember& member, const std::string& what);

const JsonValue& json_needed(const JsonValue& object, std::string_view key,
                             const std::string& what);
std::string json_text(const JsonValue& value, const std::string& what);
bool json_boolean(const JsonValue& value, const std::string& what);
// A whole number from 1 to `most`.
std::size_t json_count(const JsonValue& value, std::size_t most, const std::string& what);

}  // namespace localspeech
