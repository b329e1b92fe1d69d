#include "json_checks.hpp"

#include <algorithm>

namespace localspeech {
namespace {

constexpr std::size_t kMaxName = 40;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  out += text;
  out += '"';
  return out;
}

void json_require(const JsonValue& value, JsonValue::Kind kind, const std::string& what) {
  if (value.kind == kind) return;
  throw ScriptError(value.where, what + " must be " + jackfield::kind_name(kind) + ", not " +
                                     jackfield::kind_name(value.kind));
}

void json_check_keys(const JsonValue& object, std::initializer_list<std::string_view> known,
                     const std::string& what) {
  json_require(object, JsonValue::Kind::kObject, what);
  for (const JsonMember& member : object.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    std::string message = what + " has no key " + quoted(member.key) + " (known: ";
    for (const std::string_view key : known) {
      if (key != *known.begin()) message += ", ";
      message += key;
    }
    throw ScriptError(member.where, message + ")");
  }
}

void json_check_name(const JsonMember& member, const std::string& what) {
  const bool plain = !member.key.empty() && member.key.size() <= kMaxName &&
                     std::all_of(member.key.begin(), member.key.end(), is_name_character);
  if (plain) return;
  throw ScriptError(member.where, "the name of " + what + " must be letters, digits, '_' or '-'");
}

const JsonValue& json_needed(const JsonValue& object, std::string_view key,
                             const std::string& what) {
  const JsonValue* value = object.find(key);
  if (!value) throw ScriptError(object.where, what + " needs the key " + quoted(key));
  return *value;
}

std::string json_text(const JsonValue& value, const std::string& what) {
  json_require(value, JsonValue::Kind::kString, what);
  return value.string;
}

bool json_boolean(const JsonValue& value, const std::string& what) {
  json_require(value, JsonValue::Kind::kBoolean, what);
  return value.boolean;
}

std::size_t json_count(const JsonValue& value, std::size_t most, const std::string& what) {
  json_require(value, JsonValue::Kind::kNumber, what);
  const double number = value.number;
  const bool in_range = number >= 1 && number <= static_cast<double>(most);
  if (!in_range || number != static_cast<double>(static_cast<std::size_t>(number))) {
    throw ScriptError(value.where,
                      what + " must be a whole number from 1 to " + std::to_string(most));
  }
  return static_cast<std::size_t>(number);
}

}  // namespace localspeech
