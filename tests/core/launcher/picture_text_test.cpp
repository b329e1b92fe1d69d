#include "records/picture_text.hpp"

#include <gtest/gtest.h>

namespace {

using namespace jackfield;

TEST(PictureTextTest, Cleans) {
  EXPECT_EQ(clean_text("  a\n\tb  "), "a b");
  EXPECT_EQ(clean_text("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(clean_text("\xc3"), "\xEF\xBF\xBD");
  EXPECT_EQ(clean_text("\xc0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // overlong
  EXPECT_EQ(clean_text("\xef\xbf\xbe"), "\xEF\xBF\xBD");          // U+FFFE
  EXPECT_EQ(clean_text(""), "");
}

TEST(PictureTextTest, WrapsBetweenWords) {
  const auto lines = wrap_text("the quick brown fox jumps over the lazy dog", 80, 11, 10);
  ASSERT_GT(lines.size(), 2u);
  std::string joined;
  for (const auto& line : lines) {
    EXPECT_LE(text_width(line, 11), 80);
    joined += (joined.empty() ? "" : " ") + line;
  }
  EXPECT_EQ(joined, "the quick brown fox jumps over the lazy dog");
}

TEST(PictureTextTest, ShortensWithAnEllipsis) {
  const auto lines = wrap_text("the quick brown fox jumps over the lazy dog", 80, 11, 2);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[1].ends_with("\xE2\x80\xA6"));
  EXPECT_LE(text_width(lines[1], 11), 80);
}

TEST(PictureTextTest, NeverSplitsACharacterAndAlwaysEnds) {
  std::string letters;
  for (int i = 0; i < 100; ++i) letters += "\xc3\xa9";
  for (double width : {0.0, 5.0, 33.0, 100.0}) {
    for (const auto& line : wrap_text(letters, width, 11, 500)) EXPECT_EQ(clean_text(line), line);
  }
}

TEST(PictureTextTest, LanesNeverOverlap) {
  Lanes lanes{2, 4};
  EXPECT_EQ(lanes.place(0, 10), 0u);
  EXPECT_EQ(lanes.place(5, 10), 1u);
  EXPECT_EQ(lanes.place(8, 10), Lanes::kNoLane);
  EXPECT_EQ(lanes.place(14, 10), 0u);
  EXPECT_EQ(lanes.place(18, 1), Lanes::kNoLane);
  EXPECT_EQ(lanes.count(), 2u);
}

}  // namespace
