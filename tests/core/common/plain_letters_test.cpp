#include "plain_letters.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::plain_letters;
using Words = std::vector<std::u32string>;

TEST(PlainLetters, CaseAndPunctuationAreLeftOut) {
  EXPECT_EQ(plain_letters("Hello, Jack! It's 9:30."),
            (Words{U"hello", U"jack", U"it", U"s", U"9", U"30"}));
  EXPECT_EQ(plain_letters("\u201cJack\u201d\u2014who\u2026?"), (Words{U"jack", U"who"}));
  EXPECT_EQ(plain_letters(""), Words{});
  EXPECT_EQ(plain_letters(" ... "), Words{});
}

TEST(PlainLetters, AccentsAreLeftOutComposedOrNot) {
  EXPECT_EQ(plain_letters("Ångström Łódź Ðåñ Żółw"),
            (Words{U"angstrom", U"lodz", U"dan", U"zolw"}));
  EXPECT_EQ(plain_letters("Jose\u0301 José JOSÉ"), (Words{U"jose", U"jose", U"jose"}));
  EXPECT_EQ(plain_letters("Nguyễn"), (Words{U"nguyen"}));
  EXPECT_EQ(plain_letters("Größe Œuvre Æther Þór"),
            (Words{U"grosse", U"oeuvre", U"aether", U"thor"}));
  EXPECT_EQ(plain_letters("Ÿž Ő ŵ"), (Words{U"yz", U"o", U"w"}));
}

TEST(PlainLetters, OtherScripts) {
  EXPECT_EQ(plain_letters("Ιάκωβος ΙΑΚΩΒΟΣ"), (Words{U"ιακωβοσ", U"ιακωβοσ"}));
  EXPECT_EQ(plain_letters("Андрей, ЁЛКА"), (Words{U"андреи", U"елка"}));
  EXPECT_EQ(plain_letters("ジャック、今何時？"), (Words{U"ジャック", U"今何時"}));
  EXPECT_EQ(plain_letters("Ｊａｃｋ"), (Words{U"jack"}));
}

TEST(PlainLetters, BrokenBytesSeparate) {
  EXPECT_EQ(plain_letters("ja\xff"
                          "ck"),
            (Words{U"ja", U"ck"}));
  EXPECT_EQ(plain_letters("jack\xc3"), (Words{U"jack"}));
}

}  // namespace
