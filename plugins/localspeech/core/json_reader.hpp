// A strict JSON reader (RFC 8259) that keeps where each value and key stands, so that a mistake in
// a file can be named by line and column. Duplicate keys are errors; nesting is limited.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace localspeech {

// Both count from 1; columns count characters.
struct TextPosition {
  std::size_t line = 1;
  std::size_t column = 1;
};

class ScriptError : public std::runtime_error {
 public:
  ScriptError(TextPosition where, const std::string& what)
      : std::runtime_error(what), where_(where) {}
  TextPosition where() const { return where_; }

 private:
  TextPosition where_;
};

struct JsonMember;

struct JsonValue {
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  TextPosition where{};
  bool boolean = false;
  double number = 0;
  std::string string{};
  bool escaped = false;  // the string was written with escapes, so columns within it are not known
  std::vector<JsonValue> items{};
  std::vector<JsonMember> members;

  const JsonValue* find(std::string_view key) const;
  // The position of the character at byte `offset` of a string.
  TextPosition inside(std::size_t offset) const;
};

struct JsonMember {
  std::string key;
  TextPosition where;  // of the key
  JsonValue value;
};

const char* kind_name(JsonValue::Kind kind);

// Throws ScriptError.
JsonValue read_json(std::string_view text);

// `text` as a JSON string with its quotes; broken UTF-8 becomes U+FFFD.
std::string quote_json(std::string_view text);

}  // namespace localspeech
