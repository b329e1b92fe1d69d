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

TEST(Pronunciations, ListsAllThatIsMissing) {
  const auto result = find_pronunciations(kDictionary, {"hello", "zumpf", "World", "broken"});
  EXPECT_THAT(result.missing, ElementsAre("World", "broken", "zumpf"));
  EXPECT_EQ(result.found.size(), 2U);
  EXPECT_THAT(find_pronunciations("", {"a"}).missing, ElementsAre("a"));
}

}  // namespace
