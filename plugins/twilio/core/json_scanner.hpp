// A strict pull scanner of JSON (RFC 8259) that builds no tree, allocates nothing and recurses
// nowhere: nesting is bounded by kMaxDepth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace twilio {

enum class JsonToken {
  kBeginObject,
  kEndObject,
  kBeginArray,
  kEndArray,
  kKey,
  kString,
  kNumber,
  kTrue,
  kFalse,
  kNull,
  kEnd,    // the text was one complete value
  kError,  // not JSON; stays so
};

class JsonScanner {
 public:
  static constexpr int kMaxDepth = 32;

  explicit JsonScanner(std::string_view text) : text_(text) {}

  JsonToken next() noexcept;

  // Of the last key, string or number: its characters in the text, without the quotation marks
  // and with escapes as written.
  std::string_view raw() const { return raw_; }
  // Whether the last key or string has escapes, so that raw() needs unescape().
  bool escaped() const { return escaped_; }

  // Reads past the value that comes next. False at an error.
  bool skip_value() noexcept;

 private:
  enum class Expect { kValue, kValueOrEnd, kKey, kKeyOrEnd, kCommaOrEnd, kNothing };

  JsonToken fail();
  void skip_space();
  JsonToken value(char c);
  JsonToken open(bool object);
  JsonToken close(bool object);
  bool string();
  bool number();
  bool word(std::string_view expected);
  JsonToken done_value(JsonToken token);

  std::string_view text_;
  size_t at_ = 0;
  std::string_view raw_;
  bool escaped_ = false;
  bool failed_ = false;
  Expect expect_ = Expect::kValue;
  int depth_ = 0;
  uint32_t objects_ = 0;  // bit n: nesting level n is an object, not an array
};

// Resolves the escapes of a JSON string. std::nullopt for a lone surrogate or U+0000, which no
// string of the protocol needs and C strings cannot carry.
std::optional<std::string> json_unescape(std::string_view raw);

}  // namespace twilio
