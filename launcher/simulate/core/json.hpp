// A strict JSON (RFC 8259) reader that knows where every value stands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::simulate {

struct JsonMember;

struct JsonValue {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  double number = 0;
  std::string text;
  std::vector<JsonValue> items;
  std::vector<JsonMember> members;
  int line = 1;    // of the first character, from 1
  int column = 1;  // in bytes, from 1

  bool is(Kind k) const { return kind == k; }
  const JsonValue* find(std::string_view name) const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
  int line = 1;
  int column = 1;
};

const char* to_text(JsonValue::Kind kind);

struct JsonError {
  int line = 1;
  int column = 1;
  std::string text;
};

struct JsonResult {
  std::optional<JsonValue> value;
  JsonError error;  // when there is no value
};

// Rejects what RFC 8259 rejects, and also repeated names and more than 64 levels.
JsonResult parse_json(std::string_view text);

}  // namespace jackfield::simulate
