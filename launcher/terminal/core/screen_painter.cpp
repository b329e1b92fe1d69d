#include "terminal/core/screen_painter.hpp"

namespace jackfield {

std::string ScreenPainter::paint(std::span<const StyledRow> rows, ScreenSize size) {
  std::string out;
  if (size != size_) {
    out = "\033[0m\033[2J";
    size_ = size;
    shown_.assign(size.rows, "");
  }
  for (unsigned i = 0; i < size.rows; ++i) {
    std::string text = i < rows.size() ? vt_text(rows[i], size.columns, colours_) : "";
    if (text == shown_[i]) continue;
    out += "\033[" + std::to_string(i + 1) + ";1H" + text + "\033[K";
    shown_[i] = std::move(text);
  }
  return out;
}

}  // namespace jackfield
