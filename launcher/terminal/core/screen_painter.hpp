// What a VT terminal (ECMA-48, as xterm and the Windows console) is sent so that it shows a screen
// full of rows: of two pictures in a row only what differs. Pure; one thread at a time.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "terminal/core/styled_row.hpp"

namespace jackfield {

struct ScreenSize {
  unsigned columns = 80;
  unsigned rows = 24;
  bool operator==(const ScreenSize&) const = default;
};

class ScreenPainter {
 public:
  // The screen beside the one with the shell's lines, without a cursor, without line breaks at the
  // end of a row; and back.
  static constexpr std::string_view kEnter = "\033[?1049h\033[?25l\033[?7l\033[2J";
  static constexpr std::string_view kLeave = "\033[0m\033[?7h\033[?25h\033[?1049l";

  explicit ScreenPainter(bool colours) : colours_(colours) {}

  // Rows beyond the screen's are left out. "" when nothing has changed.
  std::string paint(std::span<const StyledRow> rows, ScreenSize size);
  // Nothing is known of what the terminal shows.
  void forget() { size_ = {.columns = 0, .rows = 0}; }

 private:
  const bool colours_;
  ScreenSize size_{.columns = 0, .rows = 0};
  std::vector<std::string> shown_;
};

}  // namespace jackfield
