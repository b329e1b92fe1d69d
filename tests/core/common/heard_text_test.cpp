#include "heard_text.hpp"

#include <gtest/gtest.h>

namespace {

using namespace jackfield;
constexpr std::uint64_t kSecond = 1'000'000'000;

TEST(HeardTextTest, CountsWordsNotPunctuation) {
  EXPECT_EQ(count_words(""), 0u);
  EXPECT_EQ(count_words("  ... - !"), 0u);
  EXPECT_EQ(count_words("one, two  -  three."), 3u);
  EXPECT_EQ(count_words("gr\xc3\xbc\xc3\x9f dich"), 2u);
  EXPECT_EQ(count_words("7"), 1u);
}

TEST(HeardTextTest, EstimateIsProportionalAndEndsBehindAWord) {
  const std::string text = "one two three four";  // 18 characters
  EXPECT_EQ(estimate_heard(text, 0, kSecond, true), "");
  EXPECT_EQ(estimate_heard(text, kSecond, kSecond, true), text);
  EXPECT_EQ(estimate_heard(text, kSecond / 2, kSecond, true), "one two");
  EXPECT_EQ(estimate_heard(text, kSecond / 10, kSecond, true), "");
  EXPECT_EQ(estimate_heard(text, kSecond, 0, true), "");
}

TEST(HeardTextTest, AudioStillToComeIsCountedIn) {
  // 30 characters take two seconds at 15 a second, though only half a second has arrived.
  EXPECT_EQ(estimate_heard("aaaaaaaaaaaaaa bbbbbbbbbbbbbbb", kSecond * 4 / 5, kSecond / 2, false),
            "");
  EXPECT_EQ(
      estimate_heard("aaaaaaaaaaaaaa bbbbbbbbbbbbbbb", kSecond + kSecond / 10, kSecond / 2, false),
      "aaaaaaaaaaaaaa");
}

TEST(HeardTextTest, TheFillerIsNoPartOfTheAnswer) {
  EXPECT_EQ(without_filler("one moment please it is noon", "One moment, please."), "it is noon");
  EXPECT_EQ(without_filler("one moment", "One moment, please."), "");
  EXPECT_EQ(without_filler("it is noon", "One moment, please."), "it is noon");
  EXPECT_EQ(without_filler("it is noon", ""), "it is noon");
}

TEST(HeardTextTest, JoinsWhatIsThere) { EXPECT_EQ(join({"a", "", "b"}), "a b"); }

}  // namespace
