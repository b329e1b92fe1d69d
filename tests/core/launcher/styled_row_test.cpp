#include "terminal/core/styled_row.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(StyledRowTest, StylesEndWhereTheirTextEnds) {
  const StyledRow row = StyledRow{"ab", Style::kBold}.add("cd").add("ef", Style::kRed);
  EXPECT_EQ(vt_text(row, 80, true), "\033[1mab\033[0mcd\033[31mef\033[0m");
  EXPECT_EQ(vt_text(row, 80, false), "abcdef");
  EXPECT_EQ(row.text(), "abcdef");
}

TEST(StyledRowTest, WhatDoesNotFitIsCutOff) {
  const StyledRow row = StyledRow{"abc"}.add("def", Style::kRed).add("ghi");
  EXPECT_EQ(vt_text(row, 5, false), "abcd\u2026");
  EXPECT_EQ(vt_text(row, 6, false), "abcdef");
  EXPECT_EQ(vt_text(row, 3, false), "abc");
  EXPECT_EQ(vt_text(row, 0, false), "");
}

TEST(StyledRowTest, AChosenRowIsReversedToItsEnd) {
  StyledRow row{"ab", Style::kRed};
  row.reversed = true;
  EXPECT_EQ(vt_text(row, 4, true), "\033[7mab  \033[0m");
  EXPECT_EQ(vt_text(row, 4, false), "\033[7mab  \033[0m");
}

}  // namespace
}  // namespace jackfield
