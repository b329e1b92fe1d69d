#include "settings_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <limits>

namespace jackfield {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SettingsTextTest, TwoDecimals) {
  EXPECT_EQ(two_decimals(0), "0.00");
  EXPECT_EQ(two_decimals(0.7), "0.70");
  EXPECT_EQ(two_decimals(0.995), "1.00");
  EXPECT_EQ(two_decimals(12.344), "12.34");
  EXPECT_EQ(two_decimals(-0.5), "-0.50");
  EXPECT_EQ(two_decimals(-1.01), "-1.01");
  EXPECT_EQ(two_decimals(-0.001), "0.00");
  EXPECT_EQ(two_decimals(1e300), "1000000.00");
}

TEST(SettingsTextTest, TheLocaleHasNoSay) {
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  std::setlocale(LC_NUMERIC, "de_DE.UTF-8");  // where it is installed
  EXPECT_EQ(two_decimals(0.7), "0.70");
  std::setlocale(LC_NUMERIC, before.c_str());
}

TEST(SettingsTextTest, Terms) {
  EXPECT_THAT(split_terms(" a b, c,,d "), ElementsAre("a b", "c", "d"));
  EXPECT_THAT(split_terms(""), IsEmpty());
  EXPECT_THAT(split_terms(" , ,"), IsEmpty());
}

TEST(SettingsTextTest, MistakesHaveTheirPlace) {
  EXPECT_EQ(mistake_in("a.json", PositionedError({.line = 3, .column = 14}, "no such thing")),
            "a.json:3:14: no such thing");
}

TEST(SettingsTextTest, BlanksAreNothing) {
  for (const char* nothing : {"", " ", " \t\r\n "}) EXPECT_TRUE(is_blank(nothing));
  for (const char* something : {"a", " a ", "."}) EXPECT_FALSE(is_blank(something));
}

}  // namespace
}  // namespace jackfield
