#include "json_writer.hpp"

#include <array>
#include <charconv>

namespace openai {

using jackfield::JsonValue;

std::string to_json(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kBoolean:
      return value.boolean ? "true" : "false";
    case JsonValue::Kind::kNumber: {
      std::array<char, 32> text{};
      const auto end = std::to_chars(text.data(), text.data() + text.size(), value.number).ptr;
      return {text.data(), end};
    }
    case JsonValue::Kind::kString:
      return jackfield::quote_json(value.string);
    case JsonValue::Kind::kArray: {
      std::string text = "[";
      for (const JsonValue& item : value.items)
        text += (text.size() > 1 ? "," : "") + to_json(item);
      return text + "]";
    }
    case JsonValue::Kind::kObject: {
      std::string text = "{";
      for (const auto& member : value.members) {
        text += (text.size() > 1 ? "," : "") + jackfield::quote_json(member.key) + ":" +
                to_json(member.value);
      }
      return text + "}";
    }
  }
  return "null";
}

std::string string_member(const JsonValue& object, std::string_view key) {
  if (!object.is(JsonValue::Kind::kObject)) return "";
  const JsonValue* found = object.find(key);
  return found && found->is(JsonValue::Kind::kString) ? found->string : "";
}

}  // namespace openai
