#include "pronunciations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using localspeech::find_pronunciations;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kDictionary[] =
    ";;; a comment\n"
    "hello HH AH L OW\n"
    "hello(2) HH EH L OW\n"
    "hello's HH AH L OW Z\n"
    "world\tW ER L D\r\n"
    "broken\n"
    "zero Z IH R OW";

TEST(Pronunciations, FindsWordsWithTheirVariants) {
  const auto result = find_pronunciations(kDictionary, {"hello", "world", "zero"});
  ASSERT_EQ(result.found.size(), 4U);
  EXPECT_EQ(result.found[0].word, "hello");
  EXPECT_EQ(result.found[1].word, "hello(2)");
  EXPECT_EQ(result.found[1].phones, "HH EH L OW");
  EXPECT_EQ(result.found[2].phones, "W ER L D");
  EXPECT_EQ(result.found[3].word, "zero");
  EXPECT_THAT(result.missing, IsEmpty());
}

TEST(Pronunciations, FurtherLinesAddVariants) {
  const std::string dictionary =
      std::string(kDictionary) + "\nhello Y AH L OW\nhello HH AH L OW\nzero(2) Z OW\n";
  const auto result = find_pronunciations(dictionary, {"hello", "zero"});
  ASSERT_EQ(result.found.size(), 5U);
  EXPECT_EQ(result.found[3].word, "hello(3)");
  EXPECT_EQ(result.found[3].phones, "Y AH L OW");
  EXPECT_EQ(result.found[4].word, "zero(2)");
}

TEST(Pronunciations, ListsAllThatIsMissing) {
  const auto result = find_pronunciations(kDictionary, {"hello", "zumpf", "World", "broken"});
  EXPECT_THAT(result.missing, ElementsAre("World", "broken", "zumpf"));
  EXPECT_EQ(result.found.size(), 2U);
  EXPECT_THAT(find_pronunciations("", {"a"}).missing, ElementsAre("a"));
}

}  // namespace
