#include "json_reader.hpp"

#include <charconv>
#include <unordered_set>

#include "utf8.hpp"

namespace jackfield {
namespace {

// From so many keys on, repeated ones are looked for by hash.
constexpr std::size_t kManyKeys = 16;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a byte order mark is no content
  }

  JsonValue document() {
    JsonValue value = read_value(0);
    skip_space();
    if (at_ < text_.size()) fail("text behind the end of the value");
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw PositionedError(where_, what); }

  bool more() const { return at_ < text_.size(); }
  char peek() const { return text_[at_]; }

  char32_t next() {
    const char32_t c = decode_utf8(text_, at_);
    if (c == kInvalidUtf8) fail("not UTF-8");
    if (c == U'\n') {
      ++where_.line;
      where_.column = 1;
    } else {
      ++where_.column;
    }
    return c;
  }

  void skip_space() {
    while (more() && (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n')) next();
  }

  void expect(char c, const char* what) {
    skip_space();
    if (!more()) fail(std::string("the text ends where ") + what + " is expected");
    if (peek() != c) fail(std::string(what) + " expected");
    next();
  }

  JsonValue read_value(int depth) {
    skip_space();
    if (!more()) fail("the text ends where a value is expected");
    if (depth >= kMaxJsonDepth) fail("nested too deeply");
    if (++values_ > kMaxJsonValues) fail("too many values");
    JsonValue value{.where = where_};
    const char c = peek();
    if (c == '{') {
      read_object(value, depth);
    } else if (c == '[') {
      read_array(value, depth);
    } else if (c == '"') {
      value.kind = JsonValue::Kind::kString;
      value.string = read_string(value.escaped);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      read_number(value);
    } else {
      read_word(value);
    }
    return value;
  }

  void read_object(JsonValue& value, int depth) {
    value.kind = JsonValue::Kind::kObject;
    next();
    skip_space();
    if (more() && peek() == '}') {
      next();
      return;
    }
    std::unordered_set<std::string> keys;
    while (true) {
      skip_space();
      if (!more() || peek() != '"') fail("a key in double quotes expected");
      JsonMember member{.key = {}, .where = where_, .value = {}};
      bool escaped = false;
      member.key = read_string(escaped);
      if (is_repeated(value, member.key, keys)) {
        throw PositionedError(member.where,
                              "the key " + quote_json(member.key) + " is there twice");
      }
      expect(':', "':'");
      member.value = read_value(depth + 1);
      value.members.push_back(std::move(member));
      skip_space();
      if (more() && peek() == ',') {
        next();
        continue;
      }
      expect('}', "',' or '}'");
      return;
    }
  }

  static bool is_repeated(const JsonValue& object, const std::string& key,
                          std::unordered_set<std::string>& keys) {
    if (object.members.size() < kManyKeys) return object.find(key) != nullptr;
    if (keys.empty()) {
      for (const JsonMember& member : object.members) keys.insert(member.key);
    }
    return !keys.insert(key).second;
  }

  void read_array(JsonValue& value, int depth) {
    value.kind = JsonValue::Kind::kArray;
    next();
    skip_space();
    if (more() && peek() == ']') {
      next();
      return;
    }
    while (true) {
      value.items.push_back(read_value(depth + 1));
      skip_space();
      if (more() && peek() == ',') {
        next();
        continue;
      }
      expect(']', "',' or ']'");
      return;
    }
  }

  unsigned read_hex4() {
    unsigned code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = more() ? peek() : '\0';
      unsigned digit = 0;
      if (c >= '0' && c <= '9') {
        digit = static_cast<unsigned>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        digit = static_cast<unsigned>(c - 'a' + 10);
      } else if (c >= 'A' && c <= 'F') {
        digit = static_cast<unsigned>(c - 'A' + 10);
      } else {
        fail("four hexadecimal digits expected behind \\u");
      }
      code = code * 16 + digit;
      next();
    }
    return code;
  }

  char32_t read_escape() {
    if (!more()) fail("the text ends within a string");
    const TextPosition begin = where_;
    switch (next()) {
      case U'"':
        return U'"';
      case U'\\':
        return U'\\';
      case U'/':
        return U'/';
      case U'b':
        return U'\b';
      case U'f':
        return U'\f';
      case U'n':
        return U'\n';
      case U'r':
        return U'\r';
      case U't':
        return U'\t';
      case U'u': {
        const unsigned high = read_hex4();
        if (high < 0xD800 || high > 0xDFFF) return high;
        if (high <= 0xDBFF && text_.substr(at_).starts_with("\\u")) {
          next();
          next();
          const unsigned low = read_hex4();
          if (low >= 0xDC00 && low <= 0xDFFF) {
            return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
          }
        }
        throw PositionedError(begin, "half of a surrogate pair");
      }
      default:
        throw PositionedError(begin, "unknown escape in a string");
    }
  }

  // A run of ASCII without escapes, copied as a whole: the payload of a message is one long run.
  void read_plain(std::string& out) {
    std::size_t end = at_;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\\' &&
           static_cast<unsigned char>(text_[end]) >= 0x20 &&
           static_cast<unsigned char>(text_[end]) < 0x80)
      ++end;
    out.append(text_, at_, end - at_);
    where_.column += end - at_;
    at_ = end;
  }

  std::string read_string(bool& escaped) {
    const TextPosition begin = where_;
    next();
    std::string out;
    while (true) {
      read_plain(out);
      if (!more()) throw PositionedError(begin, "this string has no end");
      const auto byte = static_cast<unsigned char>(peek());
      if (byte == '\n') throw PositionedError(begin, "this string has no end on its line");
      if (byte < 0x20) fail("control character in a string");
      const char32_t c = next();
      if (c == U'"') return out;
      if (c == U'\\') {
        escaped = true;
        append_utf8(out, read_escape());
      } else {
        append_utf8(out, c);
      }
    }
  }

  void read_number(JsonValue& value) {
    value.kind = JsonValue::Kind::kNumber;
    const std::size_t begin = at_;
    const auto digits = [&] {
      const std::size_t first = at_;
      while (more() && peek() >= '0' && peek() <= '9') next();
      if (at_ == first) throw PositionedError(value.where, "not a number");
      return at_ - first;
    };
    if (peek() == '-') next();
    const bool zero = more() && peek() == '0';
    if (digits() > 1 && zero) throw PositionedError(value.where, "a number may not begin with 0");
    if (more() && peek() == '.') {
      next();
      digits();
    }
    if (more() && (peek() == 'e' || peek() == 'E')) {
      next();
      if (more() && (peek() == '+' || peek() == '-')) next();
      digits();
    }
    const auto result = std::from_chars(text_.data() + begin, text_.data() + at_, value.number);
    if (result.ec != std::errc{}) throw PositionedError(value.where, "number out of range");
  }

  void read_word(JsonValue& value) {
    const std::size_t begin = at_;
    while (more() && peek() >= 'a' && peek() <= 'z') next();
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "true" || word == "false") {
      value.kind = JsonValue::Kind::kBoolean;
      value.boolean = word == "true";
    } else if (word != "null") {
      throw PositionedError(value.where, "a value expected (text needs double quotes)");
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
  TextPosition where_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  for (const JsonMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

TextPosition JsonValue::inside(std::size_t offset) const {
  TextPosition position = where;
  if (escaped) return position;
  ++position.column;  // the quote
  for (std::size_t i = 0; i < offset && i < string.size(); ++i) {
    if ((static_cast<unsigned char>(string[i]) & 0xC0) != 0x80) ++position.column;
  }
  return position;
}

const char* kind_name(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kBoolean:
      return "true or false";
    case JsonValue::Kind::kNumber:
      return "a number";
    case JsonValue::Kind::kString:
      return "a string";
    case JsonValue::Kind::kArray:
      return "an array";
    case JsonValue::Kind::kObject:
      return "an object";
  }
  return "";
}

JsonValue read_json(std::string_view text) { return Reader(text).document(); }

JsonResult parse_json(std::string_view text) {
  JsonResult result;
  try {
    result.value = read_json(text);
  } catch (const PositionedError& error) {
    result.where = error.where();
    result.error = error.what();
  }
  return result;
}

std::string quote_json(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  std::size_t at = 0;
  while (at < text.size()) {
    const char32_t c = decode_utf8(text, at);
    if (c == U'"' || c == U'\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == U'\n') {
      out += "\\n";
    } else if (c < 0x20) {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      append_utf8(out, c == kInvalidUtf8 ? U'\uFFFD' : c);
    }
  }
  return out + '"';
}

}  // namespace jackfield
