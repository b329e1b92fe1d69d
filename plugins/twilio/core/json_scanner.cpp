#include "json_scanner.hpp"

#include <cstring>

#include "utf8.hpp"

namespace twilio {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Four hexadecimal digits at `at`, or -1.
int32_t hex4(std::string_view text, size_t at) {
  if (at + 4 > text.size()) return -1;
  int32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int digit = hex_value(text[at + i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

// Whether eight characters are ASCII without quote, backslash or control character. Each term has
// the highest bit of a byte set when that byte is zero (or below 0x20, or beyond 0x7f); a borrow
// may set bits above the first such byte, never without one.
bool all_ordinary(const char* text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHigh = kOnes * 0x80;
  uint64_t word = 0;
  std::memcpy(&word, text, sizeof word);
  const uint64_t quote = word ^ kOnes * '"';
  const uint64_t backslash = word ^ kOnes * '\\';
  const uint64_t found = ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) |
                         ((word - kOnes * 0x20) & ~word) | word;
  return (found & kHigh) == 0;
}

}  // namespace

JsonToken JsonScanner::fail() {
  failed_ = true;
  return JsonToken::kError;
}

void JsonScanner::skip_space() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    ++at_;
  }
}

JsonToken JsonScanner::next() noexcept {
  if (failed_) return JsonToken::kError;
  skip_space();
  if (expect_ == Expect::kNothing) {
    return at_ == text_.size() ? JsonToken::kEnd : fail();
  }
  if (at_ == text_.size()) return fail();
  char c = text_[at_];
  if (expect_ == Expect::kCommaOrEnd) {
    const bool object = objects_ >> (depth_ - 1) & 1;
    if (c == (object ? '}' : ']')) return close(object);
    if (c != ',') return fail();
    ++at_;
    skip_space();
    if (at_ == text_.size()) return fail();
    c = text_[at_];
    expect_ = object ? Expect::kKey : Expect::kValue;
  }
  switch (expect_) {
    case Expect::kKeyOrEnd:
      if (c == '}') return close(true);
      [[fallthrough]];
    case Expect::kKey:
      if (c != '"' || !string()) return fail();
      skip_space();
      if (at_ == text_.size() || text_[at_] != ':') return fail();
      ++at_;
      expect_ = Expect::kValue;
      return JsonToken::kKey;
    case Expect::kValueOrEnd:
      if (c == ']') return close(false);
      [[fallthrough]];
    default:
      return value(c);
  }
}

JsonToken JsonScanner::value(char c) {
  switch (c) {
    case '{':
      return open(true);
    case '[':
      return open(false);
    case '"':
      return string() ? done_value(JsonToken::kString) : fail();
    case 't':
      return word("true") ? done_value(JsonToken::kTrue) : fail();
    case 'f':
      return word("false") ? done_value(JsonToken::kFalse) : fail();
    case 'n':
      return word("null") ? done_value(JsonToken::kNull) : fail();
    default:
      return number() ? done_value(JsonToken::kNumber) : fail();
  }
}

JsonToken JsonScanner::done_value(JsonToken token) {
  expect_ = depth_ == 0 ? Expect::kNothing : Expect::kCommaOrEnd;
  return token;
}

JsonToken JsonScanner::open(bool object) {
  if (depth_ == kMaxDepth) return fail();
  ++at_;
  const uint32_t bit = uint32_t{1} << depth_;
  objects_ = object ? objects_ | bit : objects_ & ~bit;
  ++depth_;
  expect_ = object ? Expect::kKeyOrEnd : Expect::kValueOrEnd;
  return object ? JsonToken::kBeginObject : JsonToken::kBeginArray;
}

JsonToken JsonScanner::close(bool object) {
  ++at_;
  --depth_;
  return done_value(object ? JsonToken::kEndObject : JsonToken::kEndArray);
}

bool JsonScanner::string() {
  const size_t begin = ++at_;
  escaped_ = false;
  uint8_t high_bits = 0;
  // Most of a message is one long string.
  while (at_ + 8 <= text_.size() && all_ordinary(text_.data() + at_)) at_ += 8;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      raw_ = text_.substr(begin, at_ - begin);
      ++at_;
      return high_bits < 0x80 || jackfield::is_utf8(raw_);
    }
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20) return false;
    high_bits |= byte;
    if (c != '\\') {
      ++at_;
      continue;
    }
    escaped_ = true;
    if (at_ + 1 >= text_.size()) return false;
    switch (text_[at_ + 1]) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        at_ += 2;
        break;
      case 'u':
        if (hex4(text_, at_ + 2) < 0) return false;
        at_ += 6;
        break;
      default:
        return false;
    }
  }
  return false;
}

bool JsonScanner::number() {
  const size_t begin = at_;
  const auto digits = [this] {
    const size_t first = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > first;
  };
  if (text_[at_] == '-') ++at_;
  const bool zero = at_ < text_.size() && text_[at_] == '0';
  if (zero) {
    ++at_;
  } else if (!digits()) {
    return false;
  }
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    if (!digits()) return false;
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    if (!digits()) return false;
  }
  raw_ = text_.substr(begin, at_ - begin);
  return true;
}

bool JsonScanner::word(std::string_view expected) {
  if (text_.substr(at_, expected.size()) != expected) return false;
  at_ += expected.size();
  return true;
}

bool JsonScanner::skip_value() noexcept {
  const int depth = depth_;
  do {
    switch (next()) {
      case JsonToken::kError:
      case JsonToken::kEnd:
        return false;
      default:
        break;
    }
  } while (depth_ > depth || expect_ == Expect::kValue);
  return true;
}

std::optional<std::string> json_unescape(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out += raw[i];
      continue;
    }
    if (++i == raw.size()) return std::nullopt;
    switch (raw[i]) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u': {
        int32_t unit = hex4(raw, i + 1);
        if (unit <= 0 || (unit >= 0xdc00 && unit < 0xe000)) return std::nullopt;
        i += 4;
        auto code = static_cast<uint32_t>(unit);
        if (unit >= 0xd800 && unit < 0xdc00) {
          if (raw.substr(i + 1, 2) != "\\u") return std::nullopt;
          const int32_t low = hex4(raw, i + 3);
          if (low < 0xdc00 || low >= 0xe000) return std::nullopt;
          code = 0x10000 + (static_cast<uint32_t>(unit - 0xd800) << 10) +
                 static_cast<uint32_t>(low - 0xdc00);
          i += 6;
        }
        jackfield::append_utf8(out, code);
        break;
      }
      default:
        out += raw[i];
    }
  }
  return out;
}

}  // namespace twilio
