#include "text/json_text.hpp"

#include <charconv>

namespace jackfield {

std::string json_text(const JsonValue& value) {
  using Kind = JsonValue::Kind;
  switch (value.kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBoolean:
      return value.boolean ? "true" : "false";
    case Kind::kNumber: {
      // The shortest text that is read as the same number, whatever the locale.
      char digits[32];
      const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value.number);
      return std::string(digits, error == std::errc{} ? end : digits);
    }
    case Kind::kString:
      return quote_json(value.string);
    case Kind::kArray: {
      std::string out = "[";
      for (const JsonValue& item : value.items) {
        if (out.size() > 1) out += ',';
        out += json_text(item);
      }
      return out + "]";
    }
    case Kind::kObject: {
      JsonObjectText out;
      for (const JsonMember& member : value.members) out.json(member.key, json_text(member.value));
      return out.close();
    }
  }
  return "null";
}

}  // namespace jackfield
