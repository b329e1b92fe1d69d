// A strict JSON reader (RFC 8259) that keeps where each value and key stands, so that a mistake in
// a file can be named by line and column. Beyond the RFC, repeated keys are errors, and nesting
// and the number of values are limited. A byte order mark in front is skipped (RFC 8259 8.1).
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield {

// Both count from 1; columns count code points.
struct TextPosition {
  std::size_t line = 1;
  std::size_t column = 1;
};

// A mistake in a text, and where it is.
class PositionedError : public std::runtime_error {
 public:
  PositionedError(TextPosition where, const std::string& what)
      : std::runtime_error(what), where_(where) {}
  TextPosition where() const { return where_; }

 private:
  TextPosition where_;
};

struct JsonMember;

struct JsonValue {
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  TextPosition where{};  // of the first character
  bool boolean = false;
  double number = 0;
  std::string string{};
  bool escaped = false;  // the string was written with escapes, so columns within it are not known
  std::vector<JsonValue> items{};
  std::vector<JsonMember> members;

  bool is(Kind k) const { return kind == k; }
  const JsonValue* find(std::string_view key) const;
  // The position of the character at byte `offset` of a string.
  TextPosition inside(std::size_t offset) const;
};

struct JsonMember {
  std::string key;
  TextPosition where;  // of the key
  JsonValue value;
};

// "a string", "an object"
const char* kind_name(JsonValue::Kind kind);

constexpr int kMaxJsonDepth = 64;
constexpr std::size_t kMaxJsonValues = 250'000;

// Throws PositionedError.
JsonValue read_json(std::string_view text);

struct JsonResult {
  std::optional<JsonValue> value;
  TextPosition where;  // the mistake, when there is no value
  std::string error;
};

// The same for texts of strangers, in which a mistake is nothing exceptional.
JsonResult parse_json(std::string_view text);

// `text` as a JSON string with its quotes; broken UTF-8 becomes U+FFFD.
std::string quote_json(std::string_view text);

}  // namespace jackfield
