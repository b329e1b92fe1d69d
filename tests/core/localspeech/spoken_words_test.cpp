#include "spoken_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace localspeech;
using testing::ElementsAre;

std::optional<std::string> hear(const Slot& slot, std::string_view text) {
  return hear_slot(slot, spoken_words(text, 64));
}

TEST(SpokenWordsTest, PunctuationAndCaseAreLost) {
  EXPECT_THAT(spoken_words("  Hello, World! It's 5 p.m. ", 64),
              ElementsAre("hello", "world", "it's", "5", "pm"));
  EXPECT_THAT(spoken_words("Speed-dial Caf\u00E9", 64), ElementsAre("speed", "dial", "cafe"));
  EXPECT_THAT(spoken_words("call. now", 64), ElementsAre("call", "now"));
  EXPECT_THAT(spoken_words("one two three", 2), ElementsAre("one", "two"));
  EXPECT_TRUE(spoken_words("?! \xFF", 64).empty());
}

TEST(SpokenWordsTest, Digits) {
  const Slot slot{.name = "n", .type = SlotType::kDigits, .min = 1, .max = 6};
  EXPECT_EQ(hear(slot, "four two"), "42");
  EXPECT_EQ(hear(slot, "oh niner zero"), "090");
  EXPECT_EQ(hear(slot, "twenty three"), "23");
  EXPECT_EQ(hear(slot, "twenty zero"), "200");
  EXPECT_EQ(hear(slot, "twelve fifteen"), "1215");
  EXPECT_EQ(hear(slot, "two hundred"), "200");
  EXPECT_EQ(hear(slot, "12 3"), "123");
  EXPECT_EQ(hear(slot, "twenty 3"), "203");
  EXPECT_FALSE(hear(slot, "hundred"));
  EXPECT_FALSE(hear(slot, "four please"));
  EXPECT_FALSE(hear(slot, "one two three four five six seven")) << "longer than max";
  EXPECT_FALSE(hear(slot, ""));
}

TEST(SpokenWordsTest, Letters) {
  const Slot slot{.name = "l", .type = SlotType::kLetters, .min = 2, .max = 3};
  EXPECT_EQ(hear(slot, "A bravo Zed"), "abz");
  EXPECT_FALSE(hear(slot, "a"));
  EXPECT_FALSE(hear(slot, "a hello"));
}

TEST(SpokenWordsTest, ChoiceAndWords) {
  const Slot choice{
      .name = "c",
      .type = SlotType::kChoice,
      .choices = {{"sales", {{"sales"}, {"the", "sales", "team"}}}, {"support", {{"help"}}}}};
  EXPECT_EQ(hear(choice, "the sales team"), "sales");
  EXPECT_EQ(hear(choice, "Help!"), "support");
  EXPECT_FALSE(hear(choice, "the sales"));
  EXPECT_EQ(choice.max_words(), 3u);
  const Slot words{.name = "w", .type = SlotType::kWords, .min = 1, .max = 2};
  EXPECT_EQ(hear(words, "Peter Miller"), "peter miller");
  EXPECT_FALSE(hear(words, "Peter van Miller"));
}

TEST(SpokenWordsTest, DigitsAndLettersAreSaidOneByOne) {
  EXPECT_EQ(say_slot({.type = SlotType::kDigits}, "042"), "0 4 2");
  EXPECT_EQ(say_slot({.type = SlotType::kLetters}, "abz"), "A B Z");
  EXPECT_EQ(say_slot({.type = SlotType::kChoice}, "sales"), "sales");
}

}  // namespace
