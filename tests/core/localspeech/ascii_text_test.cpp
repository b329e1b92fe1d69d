#include "ascii_text.hpp"

#include <gtest/gtest.h>

namespace {

using localspeech::fold_to_ascii;

TEST(AsciiTextTest, AccentsAreLost) {
  EXPECT_EQ(
      fold_to_ascii("na\u00EFve caf\u00E9, \u00C5ngstr\u00F6m, \u0141\u00F3d\u017A, \u0160koda"),
      "naive cafe, Angstrom, Lodz, Skoda");
  EXPECT_EQ(fold_to_ascii("\u00DF\u00E6\u0153\u00C6\u0152\u0133"), "ssaeoeAEOEij");
}

TEST(AsciiTextTest, EveryLetterOfTheTableIsALetter) {
  for (char32_t c = 0xC0; c < 0x180; ++c) {
    if (c == 0xD7 || c == 0xF7) continue;  // the signs of multiplication and division
    std::string text;
    text += static_cast<char>(0xC0 | (c >> 6));
    text += static_cast<char>(0x80 | (c & 0x3F));
    const std::string folded = fold_to_ascii(text);
    for (const char f : folded)
      EXPECT_TRUE((f | 32) >= 'a' && (f | 32) <= 'z') << static_cast<unsigned>(c) << ' ' << folded;
  }
}

TEST(AsciiTextTest, SpotChecksAtTheEndOfTheTable) {
  EXPECT_EQ(fold_to_ascii("\u0178\u0179\u017A\u017B\u017C\u017D\u017E\u017F"), "YZzZzZzs");
  EXPECT_EQ(fold_to_ascii("\u0110\u0111\u0142\u0152\u0166\u0173"), "DdlOETu");
}

TEST(AsciiTextTest, TypographyBecomesPlain) {
  EXPECT_EQ(fold_to_ascii("\u201Cit\u2019s\u201D \u2014 5\u20136\u2026"), "\"it's\" ,  5-6...");
}

TEST(AsciiTextTest, TheRestBecomesSpace) {
  EXPECT_EQ(fold_to_ascii("a\x01\x7F\xFF\u4E2Db\nc\r"), "a    b\nc\n");
  EXPECT_EQ(fold_to_ascii(std::string_view("a\0b", 3)), "a b");
}

}  // namespace
