#include "terminal/core/text_table.hpp"

#include <algorithm>

namespace jackfield {
namespace {

constexpr std::size_t kGap = 2;

struct Chosen {
  std::size_t index = 0;
  std::size_t width = 0;
  std::size_t least = 0;
};

std::size_t width_of(const std::vector<Chosen>& chosen) {
  std::size_t sum = chosen.empty() ? 0 : (chosen.size() - 1) * kGap;
  for (const Chosen& column : chosen) sum += column.width;
  return sum;
}

}  // namespace

std::vector<StyledRow> TextTable::lay_out(std::size_t columns) const {
  std::vector<Chosen> chosen;
  std::vector<std::size_t> natural;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const TableColumn& column = columns_[i];
    std::size_t widest = text_columns(column.title);
    const std::size_t least = widest;
    for (const auto& row : rows_) widest = std::max(widest, text_columns(row[i].text));
    natural.push_back(widest);
    if (widest == 0) continue;  // neither a title nor a text
    const std::size_t most = column.rest ? column.wish : column.most;
    chosen.push_back({i, std::max(least, std::min(widest, most)), least});
  }
  // What would be given up next: a column, or what is wished for the rest.
  const auto importance = [&](const Chosen& chosen_one) {
    const TableColumn& column = columns_[chosen_one.index];
    return column.rest && chosen_one.width > chosen_one.least ? column.wish_importance
                                                              : column.importance;
  };
  while (width_of(chosen) > columns) {
    const auto next = std::max_element(chosen.begin(), chosen.end(),
                                       [&](const Chosen& left, const Chosen& right) {
                                         return importance(left) < importance(right);
                                       });
    if (next == chosen.end() || importance(*next) == 0) break;
    if (columns_[next->index].rest && next->width > next->least)
      next->width = next->least;
    else
      chosen.erase(next);
  }
  const std::size_t used = width_of(chosen);
  for (Chosen& column : chosen)
    if (columns_[column.index].rest && used < columns)
      column.width = std::min(natural[column.index], column.width + (columns - used));

  std::vector<StyledRow> out;
  const auto add = [&](const auto& cell, bool title) {
    StyledRow line;
    std::size_t room = columns;
    for (const Chosen& column : chosen) {
      const bool last = &column == &chosen.back();
      const Span span = cell(column.index);
      const std::size_t width = std::min(column.width, room);
      line.add(fit_text(span.text, width, columns_[column.index].align),
               title ? Style::kDim : span.style);
      room -= width;
      if (last || room <= kGap) break;
      line.add(std::string(kGap, ' '));
      room -= kGap;
    }
    while (!line.spans.empty()) {
      std::string& text = line.spans.back().text;
      text.erase(text.find_last_not_of(' ') + 1);
      if (!text.empty()) break;
      line.spans.pop_back();
    }
    out.push_back(std::move(line));
  };
  add([&](std::size_t i) { return Span{columns_[i].title}; }, true);
  for (const auto& row : rows_) add([&](std::size_t i) { return row[i]; }, false);
  return out;
}

}  // namespace jackfield
