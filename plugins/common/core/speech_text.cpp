#include "speech_text.hpp"

#include <utility>

#include "utf8.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kLongestTarget = 2048;
constexpr std::size_t kLongestTag = 200;

bool is_word(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

// Pictures and the invisible characters that join them.
bool is_emoji(char32_t c) {
  return (c >= 0x1F000 && c <= 0x1FAFF) || (c >= 0x2600 && c <= 0x27BF) || c == 0xFE0F ||
         c == 0x200D || c == 0x20E3;
}

// Bytes at the end that only begin a character.
std::size_t incomplete(std::string_view text) {
  for (std::size_t n = 1; n <= 3 && n <= text.size(); ++n) {
    const auto c = static_cast<unsigned char>(text[text.size() - n]);
    if ((c & 0xC0) == 0x80) continue;
    const std::size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
    return length > n ? n : 0;
  }
  return 0;
}

bool only(std::string_view text, char c) { return text.find_first_not_of(c) == text.npos; }

}  // namespace

void SpeechText::put(char32_t c, std::string& out) {
  if (c == ' ' && (last_ == ' ' || last_ == '\n')) return;
  append_utf8(out, c);
  last_ = c;
}

std::string SpeechText::feed(std::string_view text) {
  std::string all = std::exchange(held_, {});
  all += text;
  const std::size_t rest = incomplete(all);
  held_ = all.substr(all.size() - rest);
  all.resize(all.size() - rest);
  std::string out;
  for (std::size_t at = 0; at < all.size();) {
    const char32_t c = decode_utf8(all, at);
    if (c != kInvalidUtf8) take(c, out);
  }
  return out;
}

std::string SpeechText::finish() {
  std::string out;
  if (mode_ == Mode::kLineMark && !mark_.empty() && is_word(static_cast<unsigned char>(mark_[0]))) {
    for (const char c : mark_) put(static_cast<unsigned char>(c), out);
  }
  *this = SpeechText{};
  return out;
}

void SpeechText::take(char32_t c, std::string& out) {
  if (c == '\r') return;
  switch (mode_) {
    case Mode::kLineMark:
      return take_line_mark(c, out);
    case Mode::kFence:  // the language behind ```
      if (c != '\n') return;
      mode_ = Mode::kLineMark;
      return;
    case Mode::kAfterBracket:
      mode_ = Mode::kText;
      if (c == '(') {
        mode_ = Mode::kLinkTarget;
        skipped_ = 0;
        return;
      }
      return take_text(c, out);
    case Mode::kLinkTarget:
    case Mode::kTag: {
      const bool link = mode_ == Mode::kLinkTarget;
      if (c == (link ? U')' : U'>') || c == '\n' ||
          ++skipped_ > (link ? kLongestTarget : kLongestTag)) {
        mode_ = Mode::kText;
        if (c == '\n') take_text(c, out);
      }
      return;
    }
    case Mode::kText:
      return take_text(c, out);
  }
}

// The beginning of a line: headings, bullets, quotes, rules, fences, rows of tables.
void SpeechText::take_line_mark(char32_t c, std::string& out) {
  if (c == ' ' || c == '\t') {
    const std::string mark = std::exchange(mark_, {});
    if (mark.empty()) return;
    if (only(mark, '#') || mark == "-" || mark == "*" || mark == "+" || mark == ">" || mark == "|")
      return;  // a mark; another may follow ("> - x")
    mode_ = Mode::kText;
    for (const char m : mark) take_text(static_cast<unsigned char>(m), out);
    return take_text(' ', out);
  }
  if (c == '\n') {
    mark_.clear();  // a rule, or an empty line
    if (last_ != '\n') put('\n', out);
    return;
  }
  if (c == '#' || c == '-' || c == '*' || c == '+' || c == '>' || c == '|' || c == '`' ||
      (c == '=' && !mark_.empty()) || (c == ':' && !mark_.empty())) {
    mark_ += static_cast<char>(c);
    if (mark_.starts_with("```")) {
      mark_.clear();
      mode_ = Mode::kFence;
    } else if (mark_.size() > 200) {
      mark_.resize(3);  // of a rule, the length says nothing
    }
    return;
  }
  const std::string mark = std::exchange(mark_, {});
  mode_ = Mode::kText;
  if (mark != "|") {
    for (const char m : mark) take_text(static_cast<unsigned char>(m), out);
  }
  take_text(c, out);
}

void SpeechText::take_text(char32_t c, std::string& out) {
  if (std::exchange(backslash_, false)) {
    if (c != '\n' && !is_word(c) && c != ' ')
      return c == '*' || c == '_' || c == '`' ? void() : put(c, out);
    put('\\', out);
  }
  if (std::exchange(underscore_, false) && is_word(last_) && is_word(c)) put(' ', out);
  if (std::exchange(angle_, false)) {
    if (c == '/' || c == '!' || (is_word(c) && c < 0x80 && !(c >= '0' && c <= '9'))) {
      mode_ = Mode::kTag;
      skipped_ = 0;
      return;
    }
    put('<', out);
  }
  switch (c) {
    case '\n':
      mode_ = Mode::kLineMark;
      if (last_ != '\n') put('\n', out);
      return;
    case '\\':
      backslash_ = true;
      return;
    case '_':
      underscore_ = true;
      return;
    case '<':
      angle_ = true;
      return;
    case '*':
    case '`':
    case '~':
    case '[':
      return;
    case ']':
      mode_ = Mode::kAfterBracket;
      return;
    case '|':
      if (last_ == ' ' || is_word(last_)) put(',', out);
      return;
    case '\t':
      return put(' ', out);
    default:
      break;
  }
  if (c < ' ' || is_emoji(c)) return;
  put(c, out);
}

}  // namespace jackfield
