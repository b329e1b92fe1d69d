#include "json_members.hpp"

#include <utility>

namespace jackfield {

namespace {

const JsonValue* member(const JsonValue& object, std::string_view key, JsonValue::Kind kind) {
  if (!object.is(JsonValue::Kind::kObject)) return nullptr;
  const JsonValue* value = object.find(key);
  return value && value->is(kind) ? value : nullptr;
}

}  // namespace

std::string string_member(const JsonValue& object, std::string_view key) {
  const JsonValue* value = member(object, key, JsonValue::Kind::kString);
  return value ? value->string : "";
}

bool true_member(const JsonValue& object, std::string_view key) {
  const JsonValue* value = member(object, key, JsonValue::Kind::kBoolean);
  return value && value->boolean;
}

double number_member(const JsonValue& object, std::string_view key) {
  const JsonValue* value = member(object, key, JsonValue::Kind::kNumber);
  return value ? value->number : 0.0;
}

const JsonValue* array_member(const JsonValue& object, std::string_view key) {
  return member(object, key, JsonValue::Kind::kArray);
}

const JsonValue* object_member(const JsonValue& object, std::string_view key) {
  return member(object, key, JsonValue::Kind::kObject);
}

std::optional<JsonValue> parse_typed_message(std::string_view text, std::string_view type_key) {
  auto parsed = parse_json(text);
  if (!parsed.value || !member(*parsed.value, type_key, JsonValue::Kind::kString)) {
    return std::nullopt;
  }
  return std::move(parsed.value);
}

}  // namespace jackfield
