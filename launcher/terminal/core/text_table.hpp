// A table in the columns of a terminal. What does not fit is left out, the least important column
// first. Pure.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "terminal/core/styled_row.hpp"
#include "terminal/core/terminal_text.hpp"

namespace jackfield {

inline constexpr std::size_t kUnlimitedColumns = std::numeric_limits<std::size_t>::max();

struct TableColumn {
  std::string title;
  Align align = Align::kLeft;
  unsigned importance = 0;  // what is least important goes first; 0: never
  std::size_t most = 24;    // columns; longer texts are shortened
  bool rest = false;        // takes what is left over
  // So much of the rest is as important as a column of this importance.
  std::size_t wish = 0;
  unsigned wish_importance = 0;
};

class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  // One text for each column, clean.
  void add(std::vector<Span> cells) { rows_.push_back(std::move(cells)); }
  std::size_t size() const { return rows_.size(); }

  // The titles and the rows; titles also when there is no row.
  std::vector<StyledRow> lay_out(std::size_t columns) const;

 private:
  std::vector<TableColumn> columns_;
  std::vector<std::vector<Span>> rows_;
};

}  // namespace jackfield
