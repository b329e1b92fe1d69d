#include "json.hpp"

#include <charconv>
#include <tuple>
#include <utility>

namespace jackfield::simulate {
namespace {

constexpr int kMaxDepth = 64;

struct Failure {
  std::size_t at;
  std::string text;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  JsonResult run() {
    JsonResult result;
    try {
      skip_space();
      JsonValue value = read_value(0);
      skip_space();
      if (at_ < text_.size()) fail("text after the end of the value");
      result.value = std::move(value);
    } catch (const Failure& failure) {
      const auto [line, column] = position(failure.at);
      result.error = {line, column, failure.text};
    }
    return result;
  }

 private:
  [[noreturn]] void fail(std::string what) const { throw Failure{at_, std::move(what)}; }

  std::pair<int, int> position(std::size_t at) {
    // Positions are asked for in growing order, so lines are counted only once.
    if (at < counted_) counted_ = line_start_ = 0, line_ = 1;
    for (; counted_ < at && counted_ < text_.size(); ++counted_) {
      if (text_[counted_] == '\n') {
        ++line_;
        line_start_ = counted_ + 1;
      }
    }
    return {line_, static_cast<int>(at - line_start_) + 1};
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void expect(char c, const char* where) {
    if (at_ >= text_.size()) fail(std::string{"the text ends "} + where);
    if (text_[at_] != c) fail(std::string{"expected '"} + c + "' " + where);
    ++at_;
  }

  JsonValue read_value(int depth) {
    if (depth > kMaxDepth) fail("nested too deeply");
    JsonValue value;
    std::tie(value.line, value.column) = position(at_);
    switch (peek()) {
      case '{':
        read_object(value, depth);
        break;
      case '[':
        read_array(value, depth);
        break;
      case '"':
        value.kind = JsonValue::Kind::kString;
        value.text = read_string();
        break;
      case 't':
        read_word("true");
        value.kind = JsonValue::Kind::kBool;
        value.boolean = true;
        break;
      case 'f':
        read_word("false");
        value.kind = JsonValue::Kind::kBool;
        break;
      case 'n':
        read_word("null");
        break;
      default:
        value.kind = JsonValue::Kind::kNumber;
        value.number = read_number();
    }
    return value;
  }

  void read_object(JsonValue& value, int depth) {
    value.kind = JsonValue::Kind::kObject;
    ++at_;
    skip_space();
    if (peek() == '}') {
      ++at_;
      return;
    }
    while (true) {
      JsonMember member;
      std::tie(member.line, member.column) = position(at_);
      if (peek() != '"') fail("expected a name in double quotes");
      const std::size_t name_at = at_;
      member.name = read_string();
      if (value.find(member.name))
        throw Failure{name_at, "the name \"" + member.name + "\" is repeated"};
      skip_space();
      expect(':', "after a name");
      skip_space();
      member.value = read_value(depth + 1);
      value.members.push_back(std::move(member));
      skip_space();
      if (peek() == ',') {
        ++at_;
        skip_space();
        continue;
      }
      expect('}', "or ',' after a member");
      return;
    }
  }

  void read_array(JsonValue& value, int depth) {
    value.kind = JsonValue::Kind::kArray;
    ++at_;
    skip_space();
    if (peek() == ']') {
      ++at_;
      return;
    }
    while (true) {
      value.items.push_back(read_value(depth + 1));
      skip_space();
      if (peek() == ',') {
        ++at_;
        skip_space();
        continue;
      }
      expect(']', "or ',' after an item");
      return;
    }
  }

  void read_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) fail("not a JSON value");
    at_ += word.size();
  }

  double read_number() {
    const std::size_t begin = at_;
    const auto digits = [&] {
      const std::size_t from = at_;
      while (peek() >= '0' && peek() <= '9') ++at_;
      return at_ - from;
    };
    if (peek() == '-') ++at_;
    const bool zero = peek() == '0';
    const std::size_t whole = digits();
    bool good = whole > 0 && !(zero && whole > 1);
    if (good && peek() == '.') {
      ++at_;
      good = digits() > 0;
    }
    if (good && (peek() == 'e' || peek() == 'E')) {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      good = digits() > 0;
    }
    double number = 0;
    if (good) {
      const auto [end, error] = std::from_chars(text_.data() + begin, text_.data() + at_, number);
      good = error == std::errc{} && end == text_.data() + at_;
    }
    if (!good) {
      at_ = begin;
      fail(at_ >= text_.size() ? "the text ends where a value should be" : "not a JSON value");
    }
    return number;
  }

  unsigned read_hex4() {
    unsigned code = 0;
    if (at_ + 4 > text_.size()) fail("\\u needs four hexadecimal digits");
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, code, 16);
    if (error != std::errc{} || end != text_.data() + at_ + 4)
      fail("\\u needs four hexadecimal digits");
    at_ += 4;
    return code;
  }

  static void append_utf8(std::string& out, unsigned code) {
    const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | code >> 6);
      put(0x80 | (code & 63));
    } else if (code < 0x10000) {
      put(0xE0 | code >> 12);
      put(0x80 | (code >> 6 & 63));
      put(0x80 | (code & 63));
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 63));
      put(0x80 | (code >> 6 & 63));
      put(0x80 | (code & 63));
    }
  }

  void read_escape(std::string& out) {
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    const char c = peek();
    ++at_;
    if (c == 'u') {
      unsigned code = read_hex4();
      if (code >= 0xDC00 && code < 0xE000) fail("half a surrogate pair");
      if (code >= 0xD800 && code < 0xDC00) {
        if (text_.substr(at_, 2) != "\\u") fail("half a surrogate pair");
        at_ += 2;
        const unsigned low = read_hex4();
        if (low < 0xDC00 || low >= 0xE000) fail("half a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      }
      append_utf8(out, code);
      return;
    }
    const std::size_t index = kFrom.find(c);
    if (index == std::string_view::npos || c == '\0') {
      --at_;
      fail("unknown escape in a string");
    }
    out += kTo[index];
  }

  std::string read_string() {
    const std::size_t begin = at_++;
    std::string out;
    while (true) {
      // Plain runs are copied whole: a payload is one long run.
      std::size_t end = at_;
      while (end < text_.size() && text_[end] != '"' && text_[end] != '\\' &&
             static_cast<unsigned char>(text_[end]) >= 0x20)
        ++end;
      out.append(text_, at_, end - at_);
      at_ = end;
      if (at_ >= text_.size()) throw Failure{begin, "a string has no end"};
      if (text_[at_] == '"') {
        ++at_;
        return out;
      }
      if (text_[at_] != '\\') fail("a control character in a string");
      ++at_;
      read_escape(out);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  for (const JsonMember& member : members)
    if (member.name == name) return &member.value;
  return nullptr;
}

const char* to_text(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kBool:
      return "a boolean";
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

JsonResult parse_json(std::string_view text) { return Reader{text}.run(); }

}  // namespace jackfield::simulate
