#include "scenario/core/source_position.hpp"

#include <algorithm>

namespace jackfield {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

constexpr std::size_t kMaxShown = 160;  // bytes of a long source line, around the place

}  // namespace

SourcePosition position_of(std::string_view source, std::size_t offset) {
  SourcePosition position;
  offset = std::min(offset, source.size());
  for (std::size_t i = 0; i < offset; ++i) {
    if (source[i] == '\n') {
      ++position.line;
      position.column = 1;
    } else if (!continues_character(source[i])) {
      ++position.column;
    }
  }
  return position;
}

ShownLine shown_line(std::string_view source, std::size_t offset) {
  offset = std::min(offset, source.size());
  std::size_t begin = offset == 0 ? 0 : source.rfind('\n', offset - 1);
  begin = offset == 0 ? 0 : begin == std::string_view::npos ? 0 : begin + 1;
  std::size_t end = source.find('\n', offset);
  if (end == std::string_view::npos) end = source.size();
  if (end > begin && source[end - 1] == '\r') --end;
  if (offset - begin > kMaxShown / 2) {
    begin = offset - kMaxShown / 2;
    while (begin < offset && continues_character(source[begin])) ++begin;
  }
  if (end > begin + kMaxShown) {
    end = begin + kMaxShown;
    while (end > offset && end < source.size() && continues_character(source[end])) --end;
  }
  end = std::max(begin, end);
  const std::string_view text = source.substr(begin, end - begin);
  return {text, position_of(text, offset - begin).column};
}

std::string describe_error(std::string_view file, std::string_view source, std::size_t offset,
                           std::string_view message, std::string_view hint) {
  const SourcePosition position = position_of(source, offset);
  const ShownLine line = shown_line(source, offset);
  std::string text{file};
  text += ":" + std::to_string(position.line) + ":" + std::to_string(position.column) + ": ";
  text += message;
  if (!line.text.empty()) {
    text += "\n    ";
    text += line.text;
    text += "\n    ";
    std::size_t column = 1;
    for (const char c : line.text) {
      if (column == line.column) break;
      if (continues_character(c)) continue;
      text += c == '\t' ? '\t' : ' ';
      ++column;
    }
    text += '^';
  }
  if (!hint.empty()) {
    text += "\n  ";
    text += hint;
  }
  return text;
}

}  // namespace jackfield
