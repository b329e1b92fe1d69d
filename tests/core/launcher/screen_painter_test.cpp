#include "terminal/core/screen_painter.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(ScreenPainterTest, OnlyWhatDiffersIsSent) {
  ScreenPainter painter{false};
  const ScreenSize size{.columns = 10, .rows = 3};
  EXPECT_EQ(painter.paint(std::vector<StyledRow>{{"one"}, {"two"}}, size),
            "\033[0m\033[2J\033[1;1Hone\033[K\033[2;1Htwo\033[K");
  EXPECT_EQ(painter.paint(std::vector<StyledRow>{{"one"}, {"two"}}, size), "");
  EXPECT_EQ(painter.paint(std::vector<StyledRow>{{"one"}, {"TWO"}}, size), "\033[2;1HTWO\033[K");
  EXPECT_EQ(painter.paint(std::vector<StyledRow>{{"one"}}, size), "\033[2;1H\033[K");
}

TEST(ScreenPainterTest, AnotherSizeIsAnotherScreen) {
  ScreenPainter painter{false};
  const std::vector<StyledRow> rows{{"a long row"}, {"two"}, {"three"}};
  painter.paint(rows, {.columns = 10, .rows = 3});
  EXPECT_EQ(painter.paint(rows, {.columns = 6, .rows = 2}),
            "\033[0m\033[2J\033[1;1Ha lon\u2026\033[K\033[2;1Htwo\033[K");
  painter.forget();
  EXPECT_NE(painter.paint(rows, {.columns = 6, .rows = 2}), "");
  EXPECT_EQ(painter.paint(rows, {.columns = 0, .rows = 0}), "\033[0m\033[2J");
}

}  // namespace
}  // namespace jackfield
