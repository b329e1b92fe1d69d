#include "records/picture_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace jackfield {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

// Length of the UTF-8 sequence at the start, and its code point; length 0: not valid.
struct Decoded {
  std::size_t length = 0;
  std::uint32_t code = 0;
};

Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {1, first};
  const std::size_t length = first >= 0xF0 && first < 0xF5   ? 4
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xC2 && first < 0xE0 ? 2
                                                             : 0;
  if (length == 0 || text.size() < length) return {};
  std::uint32_t code = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {length, code};
}

// Widths in em, a little above those of DejaVu Sans, the widest of the usual fonts.
double width_of(std::uint32_t code) {
  if (code >= 0x1100) return 1.05;  // East Asian letters, symbols
  if (code >= 0x80) return 0.68;
  const char c = static_cast<char>(code);
  if (std::string_view{"iljI.,:;|'! "}.find(c) != std::string_view::npos) return 0.35;
  if (std::string_view{"mwMW%@"}.find(c) != std::string_view::npos) return 1.0;
  if (c >= 'A' && c <= 'Z') return 0.74;
  if (std::string_view{"frt()-"}.find(c) != std::string_view::npos) return 0.44;
  return 0.65;
}

// The longest start of the text that is no wider; never splits a character.
std::size_t fitting(std::string_view text, double width, double font_size) {
  double used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Decoded d = decode(text.substr(at));
    used += width_of(d.code) * font_size;
    if (used > width) break;
    at += d.length ? d.length : 1;
  }
  return at;
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Decoded d = decode(text);
    if (d.length == 0) {
      out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    const bool space = d.code <= 0x20 || d.code == 0x7F || (d.code >= 0x80 && d.code < 0xA1);
    const bool forbidden = d.code == 0xFFFE || d.code == 0xFFFF;
    if (space) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += forbidden ? kReplacement : text.substr(0, d.length);
    }
    text.remove_prefix(d.length);
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

double text_width(std::string_view text, double font_size) {
  double width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Decoded d = decode(text.substr(at));
    width += width_of(d.code) * font_size;
    at += d.length ? d.length : 1;
  }
  return width;
}

std::vector<std::string> wrap_text(std::string_view text, double width, double font_size,
                                   std::size_t max_lines) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < max_lines) {
    if (text_width(text, font_size) <= width) {
      lines.emplace_back(text);
      return lines;
    }
    const bool last = lines.size() + 1 == max_lines;
    const double room = last ? width - text_width(kEllipsis, font_size) : width;
    std::size_t cut = fitting(text, room, font_size);
    // Back to the end of a word, unless one word fills the line.
    if (cut < text.size() && text[cut] != ' ') {
      const std::size_t space = text.rfind(' ', cut);
      if (space != std::string_view::npos && space > 0) cut = space;
    }
    if (cut == 0) cut = std::max<std::size_t>(decode(text).length, 1);
    std::string line{text.substr(0, cut)};
    while (!line.empty() && line.back() == ' ') line.pop_back();
    lines.push_back(last ? line + std::string{kEllipsis} : line);
    text.remove_prefix(cut);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  }
  return lines;
}

std::size_t Lanes::place(double left, double width) {
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    if (left >= ends_[i] + gap_) {
      ends_[i] = left + width;
      return i;
    }
  }
  if (ends_.size() == max_lanes_) return kNoLane;
  ends_.push_back(left + width);
  return ends_.size() - 1;
}

}  // namespace jackfield
