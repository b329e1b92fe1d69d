#include "terminal/core/terminal_text.hpp"

#include <algorithm>
#include <cstdio>

#include "terminal/core/character_width.hpp"
#include "utf8.hpp"

namespace jackfield {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kEscape = 0x1B;
constexpr char32_t kControlSequence = 0x9B;
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
constexpr unsigned kMostMarks = 8;
constexpr std::size_t kLongestSequence = 64;

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

// General category Cf (Unicode 14), and what else is not seen: line and paragraph separators are
// spaces, and stand in is_space().
bool is_format(char32_t c) {
  return c == 0xAD || (c >= 0x600 && c <= 0x605) || c == 0x61C || c == 0x6DD || c == 0x70F ||
         c == 0x890 || c == 0x891 || c == 0x8E2 || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || c == 0x110BD || c == 0x110CD ||
         (c >= 0x13430 && c <= 0x13438) || (c >= 0x1BCA0 && c <= 0x1BCA3) ||
         (c >= 0x1D173 && c <= 0x1D17A) || (c >= 0xE0000 && c <= 0xE0FFF);
}

bool is_space(char32_t c) {
  return c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// Behind what begins a control sequence (ECMA-48 5.4): its parameters and its final byte.
std::size_t behind_sequence(std::string_view text, std::size_t at) {
  const std::size_t most = std::min(text.size(), at + kLongestSequence);
  std::size_t end = at;
  while (end < most && text[end] >= 0x20 && text[end] < 0x40) ++end;
  return end < most && text[end] >= 0x40 && text[end] < 0x7F ? end + 1 : at;
}

// The longest part of `text` from `at` on with at most so many columns; moves `at` behind it.
std::size_t take_columns(std::string_view text, std::size_t& at, std::size_t columns) {
  std::size_t used = 0;
  while (at < text.size()) {
    std::size_t next = at;
    const std::size_t width = character_columns(decode_utf8(text, next));
    if (used + width > columns) break;
    used += width;
    at = next;
  }
  return used;
}

// `rows`: line breaks, tabs and spaces stay as they are.
std::string cleaned(std::string_view text, bool rows) {
  std::string out;
  unsigned marks = 0;
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = decode_utf8(text, at);
    if (c == kEscape && at < text.size() && text[at] == '[') at = behind_sequence(text, at + 1);
    if (c == kControlSequence) at = behind_sequence(text, at);
    if (is_space(c)) {
      if (rows)
        out += c == '\n' || c == '\t' ? static_cast<char>(c) : ' ';
      else if (!out.empty() && out.back() != ' ')
        out += ' ';
      continue;
    }
    if (is_control(c) || is_format(c)) continue;
    if (c == kInvalidUtf8) c = kReplacement;
    marks = character_columns(c) == 0 ? marks + 1 : 0;
    // One with nothing below it would be drawn upon what is not ours.
    if (marks > 0 && (marks > kMostMarks || out.empty())) continue;
    append_utf8(out, c);
  }
  return out;
}

}  // namespace

std::string clean_terminal_text(std::string_view text) {
  std::string out = cleaned(text, false);
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string clean_terminal_rows(std::string_view text) { return cleaned(text, true); }

std::string clean_terminal_json(std::string_view json) {
  std::string out;
  for (std::size_t at = 0; at < json.size();) {
    const char32_t c = decode_utf8(json, at);
    const bool between = c == '\n' || c == '\t' || c == '\r';
    if (c == kInvalidUtf8) {
      append_utf8(out, kReplacement);
    } else if (!between && (is_control(c) || is_format(c) || c == 0x2028 || c == 0x2029)) {
      // Beyond U+FFFF JSON has pairs of surrogates (RFC 8259 section 7).
      char escaped[16];
      if (c < 0x10000)
        std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      else
        std::snprintf(escaped, sizeof escaped, "\\u%04x\\u%04x",
                      static_cast<unsigned>(0xD800 + ((c - 0x10000) >> 10)),
                      static_cast<unsigned>(0xDC00 + ((c - 0x10000) & 0x3FF)));
      out += escaped;
    } else {
      append_utf8(out, c);
    }
  }
  return out;
}

std::size_t text_columns(std::string_view text) {
  std::size_t at = 0;
  return take_columns(text, at, text.size() * 2);
}

std::string shorten_end(std::string_view text, std::size_t columns) {
  if (text_columns(text) <= columns) return std::string{text};
  if (columns == 0) return {};
  std::size_t at = 0;
  take_columns(text, at, columns - 1);
  while (at > 0 && text[at - 1] == ' ') --at;
  return std::string{text.substr(0, at)} + std::string{kEllipsis};
}

std::string shorten_start(std::string_view text, std::size_t columns) {
  const std::size_t all = text_columns(text);
  if (all <= columns) return std::string{text};
  if (columns == 0) return {};
  const std::size_t surplus = all - (columns - 1);
  std::size_t at = 0;
  for (std::size_t gone = 0; at < text.size() && gone < surplus;)
    gone += character_columns(decode_utf8(text, at));
  // Marks belong to the letter that was cut off.
  for (std::size_t next = at; at < text.size(); at = next)
    if (character_columns(decode_utf8(text, next)) != 0) break;
  while (at < text.size() && text[at] == ' ') ++at;
  return std::string{kEllipsis} + std::string{text.substr(at)};
}

std::string fit_text(std::string_view text, std::size_t columns, Align align) {
  std::string out = shorten_end(text, columns);
  const std::string padding(columns - text_columns(out), ' ');
  return align == Align::kRight ? padding + out : out + padding;
}

std::vector<std::string> wrap_columns(std::string_view text, std::size_t columns) {
  std::vector<std::string> rows;
  columns = std::max<std::size_t>(columns, 1);
  while (!text.empty()) {
    std::size_t cut = 0;
    take_columns(text, cut, columns);
    if (cut < text.size() && text[cut] != ' ') {
      const std::size_t space = text.rfind(' ', cut);
      if (space != std::string_view::npos && space > 0) cut = space;
    }
    // A letter that is wider than the room.
    if (cut == 0) decode_utf8(text, cut);
    std::string_view row = text.substr(0, cut);
    while (!row.empty() && row.back() == ' ') row.remove_suffix(1);
    if (!row.empty()) rows.emplace_back(row);
    text.remove_prefix(cut);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  }
  return rows;
}

}  // namespace jackfield
