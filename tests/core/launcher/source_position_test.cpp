#include "scenario/core/source_position.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

TEST(SourcePositionTest, CountsLinesAndCharacters) {
  const std::string source = "ab\n\xc3\xa9 x\n";
  EXPECT_EQ(position_of(source, 0).column, 1u);
  EXPECT_EQ(position_of(source, 3).line, 2u);
  EXPECT_EQ(position_of(source, 6).column, 3u);  // behind a letter of two bytes and a space
  EXPECT_EQ(position_of(source, 100).line, 3u);
}

TEST(SourcePositionTest, ShowsTheLineWithACaret) {
  EXPECT_EQ(describe_error("f.gst", "one\n\ttwo x\nthree", 9, "wrong", "do this"),
            "f.gst:2:6: wrong\n    \ttwo x\n    \t    ^\n  do this");
  EXPECT_EQ(describe_error("f", "one", 0, "m", ""), "f:1:1: m\n    one\n    ^");
  EXPECT_EQ(describe_error("f", "", 0, "m", ""), "f:1:1: m");
  EXPECT_EQ(describe_error("f", "one\r\n", 3, "m", ""), "f:1:4: m\n    one\n       ^");
}

TEST(SourcePositionTest, LongLinesAreCutAroundThePlace) {
  const std::string source = std::string(1000, 'a') + "X" + std::string(1000, 'b');
  const std::string text = describe_error("f", source, 1000, "m", "");
  EXPECT_LT(text.size(), 400u);
  EXPECT_NE(text.find("aX"), std::string::npos);
  const std::size_t line = text.find('\n') + 1;
  EXPECT_EQ(text.find('X') - line, text.find('^') - text.rfind('\n') - 1);
}

TEST(ShownLineTest, TheLineOfAPlace) {
  // The place: the "o" behind a letter of two bytes.
  const ShownLine second = shown_line("first\nse\xC3\xA9ond one\r\nthird", 10);
  EXPECT_EQ(second.text, "se\xC3\xA9ond one");
  EXPECT_EQ(second.column, 4u);
  EXPECT_EQ(shown_line("", 0).text, "");
  EXPECT_EQ(shown_line("", 0).column, 1u);
  EXPECT_EQ(shown_line("word", 99).column, 5u);  // behind the end
}

TEST(ShownLineTest, OfALongLineWhatIsAroundThePlace) {
  const std::string line = std::string(1000, 'a') + "X" + std::string(1000, 'b');
  const ShownLine shown = shown_line(line, 1000);
  EXPECT_LE(shown.text.size(), 160u);
  EXPECT_EQ(shown.text[shown.column - 1], 'X');
}
