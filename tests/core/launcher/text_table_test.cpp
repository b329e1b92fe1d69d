#include "terminal/core/text_table.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

std::vector<std::string> texts(const TextTable& table, std::size_t columns) {
  std::vector<std::string> rows;
  for (const StyledRow& row : table.lay_out(columns)) rows.push_back(row.text());
  return rows;
}

TextTable calls() {
  TextTable table{{{.title = "ID"},
                   {.title = "LINE", .importance = 2, .most = 8},
                   {.title = "N", .align = Align::kRight, .importance = 3},
                   {.title = "SAID", .importance = 1, .rest = true}}};
  table.add({{"a1"}, {"reception desk"}, {"12"}, {"caller: are you open tomorrow"}});
  table.add({{"b2"}, {"echo"}, {"3"}, {""}});
  return table;
}

using Rows = std::vector<std::string>;

TEST(TextTableTest, ColumnsAreAlignedAndTheLastTakesTheRest) {
  EXPECT_EQ(texts(calls(), 40),
            (Rows{"ID  LINE       N  SAID", "a1  recepti\u2026  12  caller: are you open\u2026",
                  "b2  echo       3"}));
  EXPECT_EQ(texts(calls(), kUnlimitedColumns)[1],
            "a1  recepti\u2026  12  caller: are you open tomorrow");
}

TEST(TextTableTest, WhatIsLeastImportantGoesFirst) {
  EXPECT_EQ(texts(calls(), 19)[0], "ID  LINE      SAID");
  EXPECT_EQ(texts(calls(), 14), (Rows{"ID  SAID", "a1  caller: a\u2026", "b2"}));
  EXPECT_EQ(texts(calls(), 5), (Rows{"ID", "a1", "b2"}));
  for (std::size_t columns = 0; columns < 60; ++columns)
    for (const std::string& row : texts(calls(), columns)) EXPECT_LE(text_columns(row), columns);
}

TEST(TextTableTest, TheRestMayBeMoreImportantThanAColumn) {
  TextTable table{
      {{.title = "ID"},
       {.title = "LINE", .importance = 2},
       {.title = "TO", .importance = 4},
       {.title = "SAID", .importance = 1, .rest = true, .wish = 8, .wish_importance = 3}}};
  table.add({{"a1"}, {"desk"}, {"+1555"}, {"good morning"}});
  EXPECT_EQ(texts(table, 25)[1], "a1  desk  +1555  good mo\u2026");
  EXPECT_EQ(texts(table, 24)[1], "a1  desk  good morning");
  EXPECT_EQ(texts(table, 18)[1], "a1  desk  good mo\u2026");
  EXPECT_EQ(texts(table, 17)[1], "a1  desk  good m\u2026");
  EXPECT_EQ(texts(table, 13)[1], "a1  good mor\u2026");
}

TEST(TextTableTest, AColumnWithNeitherTitleNorTextTakesNoRoom) {
  TextTable table{{{.title = "A"}, {.title = ""}, {.title = "B"}}};
  table.add({{"1"}, {""}, {"2"}});
  EXPECT_EQ(texts(table, 20), (Rows{"A  B", "1  2"}));
  EXPECT_EQ(texts(TextTable{{{.title = "A"}}}, 20), Rows{"A"});
}

}  // namespace
}  // namespace jackfield
