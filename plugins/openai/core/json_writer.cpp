#include "json_writer.hpp"

namespace openai {

using jackfield::JsonValue;

std::string string_member(const JsonValue& object, std::string_view key) {
  if (!object.is(JsonValue::Kind::kObject)) return "";
  const JsonValue* found = object.find(key);
  return found && found->is(JsonValue::Kind::kString) ? found->string : "";
}

}  // namespace openai
