#include "json_serialize.hpp"

#include <array>
#include <charconv>

namespace jackfield {

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
      return quote_json(value.string);
    case JsonValue::Kind::kArray: {
      std::string text = "[";
      for (const JsonValue& item : value.items) {
        if (text.size() > 1) text += ',';
        text += to_json(item);
      }
      return text + "]";
    }
    case JsonValue::Kind::kObject: {
      std::string text = "{";
      for (const auto& member : value.members) {
        if (text.size() > 1) text += ',';
        text += quote_json(member.key) + ":" + to_json(member.value);
      }
      return text + "}";
    }
  }
  return "null";
}

}  // namespace jackfield
