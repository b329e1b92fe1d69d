// A strict JSON (RFC 8259) reader that knows where every value stands, and a writer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

void append_json_string(std::string& out, std::string_view text);

// Builds indented text; commas and quotes are its business.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view{text}); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(double number);  // three decimals; null when not finite
  JsonWriter& value(bool flag);
  template <typename T>
  JsonWriter& member(std::string_view name, const T& v) {
    return key(name).value(v);
  }
  const std::string& text() const { return out_; }

 private:
  JsonWriter& open(char c);
  JsonWriter& close(char c);
  void separate();

  std::string out_;
  int depth_ = 0;
  bool first_ = true;
  bool after_key_ = false;
};

}  // namespace jackfield::simulate
