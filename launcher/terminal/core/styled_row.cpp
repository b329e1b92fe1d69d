#include "terminal/core/styled_row.hpp"

#include "terminal/core/terminal_text.hpp"

namespace jackfield {

const char* style_code(Style style) {
  switch (style) {
    case Style::kBold:
      return "1";
    case Style::kDim:
      return "2";
    case Style::kRed:
      return "31";
    case Style::kGreen:
      return "32";
    case Style::kYellow:
      return "33";
    case Style::kCyan:
      return "36";
    case Style::kReverse:
      return "7";
    case Style::kPlain:
      break;
  }
  return nullptr;
}

std::string StyledRow::text() const {
  std::string all;
  for (const Span& span : spans) all += span.text;
  return all;
}

std::string vt_text(const StyledRow& row, std::size_t columns, bool colours) {
  std::string out = row.reversed ? "\033[7m" : "";
  std::size_t room = columns;
  for (const Span& span : row.spans) {
    const std::size_t width = text_columns(span.text);
    const std::string text = width <= room ? span.text : shorten_end(span.text, room);
    // Colours upon reversed ones are hard to read.
    const char* code = colours && !row.reversed ? style_code(span.style) : nullptr;
    out += code ? std::string{"\033["} + code + "m" + text + "\033[0m" : text;
    if (width >= room) {
      room -= text_columns(text);
      break;
    }
    room -= width;
  }
  if (row.reversed) out += std::string(room, ' ') + "\033[0m";
  return out;
}

}  // namespace jackfield
