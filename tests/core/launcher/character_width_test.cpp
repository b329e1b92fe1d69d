#include "terminal/core/character_width.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(CharacterWidthTest, LettersTakeOneColumn) {
  for (const char32_t c : {U'a', U'~', U'\u00e4', U'\u03a9', U'\u0416', U'\u05d0', U'\uFFFD'})
    EXPECT_EQ(character_columns(c), 1u) << std::hex << static_cast<unsigned>(c);
}

TEST(CharacterWidthTest, EastAsianLettersAndEmojiTakeTwo) {
  for (const char32_t c : {U'\u1100', U'\u4E2D', U'\u3042', U'\uAC00', U'\uFF01', U'\U0001F600',
                           U'\U0001F680', U'\U00020000'})
    EXPECT_EQ(character_columns(c), 2u) << std::hex << static_cast<unsigned>(c);
}

TEST(CharacterWidthTest, MarksTakeNone) {
  for (const char32_t c :
       {U'\u0300', U'\u036F', U'\u0591', U'\u064B', U'\u093C', U'\u20D0', U'\uFE0F', U'\U0001D167'})
    EXPECT_EQ(character_columns(c), 0u) << std::hex << static_cast<unsigned>(c);
}

TEST(CharacterWidthTest, BeginsAndEndsOfRangesCount) {
  EXPECT_EQ(character_columns(0x115F), 2u);
  EXPECT_EQ(character_columns(0x1160), 1u);
  EXPECT_EQ(character_columns(0x02FF), 1u);
  EXPECT_EQ(character_columns(0x0370), 1u);
  EXPECT_EQ(character_columns(0x10FFFF), 1u);
}

}  // namespace
}  // namespace jackfield
