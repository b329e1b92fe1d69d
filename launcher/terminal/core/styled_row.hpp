// Rows of text in styles, and what a VT terminal is sent for them. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow, kCyan, kReverse };

// The number of a style in SGR (ECMA-48 8.3.117); nullptr for plain text.
const char* style_code(Style style);

struct Span {
  std::string text;  // clean (terminal_text.hpp)
  Style style = Style::kPlain;
};

struct StyledRow {
  std::vector<Span> spans;
  bool reversed = false;  // the whole row, to its end: what is chosen

  StyledRow() = default;
  StyledRow(std::string text, Style style = Style::kPlain) { add(std::move(text), style); }
  StyledRow& add(std::string text, Style style = Style::kPlain) {
    if (!text.empty()) spans.push_back({std::move(text), style});
    return *this;
  }
  // Without styles.
  std::string text() const;
};

// The row with its styles, at most `columns` wide; a reversed one is filled up to there. Without
// `colours` styles are left out, but for the reversal.
std::string vt_text(const StyledRow& row, std::size_t columns, bool colours);

}  // namespace jackfield
