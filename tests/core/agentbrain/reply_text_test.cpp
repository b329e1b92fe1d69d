#include "reply_text.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain;

constexpr Time kTotal = 1000;

SpokenSpan word(const char* text, bool heard) {
  return {.text = text, .is_word = true, .heard = heard ? 1u : 0u, .total = 1, .complete = true};
}
ReplyTimeline::Heard unknown(Time heard) {
  return {.heard = heard,
          .total = kTotal,
          .complete = true,
          .spans = {{.text = "", .heard = heard, .total = kTotal, .complete = true}}};
}

TEST(ReplyTextTest, WordsCutTheTextAsItWasWritten) {
  ReplyTexts texts;
  texts.add("So: it is noon.");
  texts.add("Right?");
  EXPECT_EQ(texts.heard({.heard = 5,
                         .total = 10,
                         .spans = {word("so", true), word("it", true), word("is", false)}}),
            "So: it");
}

TEST(ReplyTextTest, WithoutWordsTheShareOfTimeDecides) {
  ReplyTexts texts;
  texts.add("one two");
  texts.add("three four");
  EXPECT_EQ(texts.full(), "one two three four");
  EXPECT_EQ(texts.heard(unknown(500)), "one two");
  EXPECT_EQ(texts.heard(unknown(kTotal)), "one two three four");
  EXPECT_EQ(texts.heard(unknown(0)), "");
}

TEST(ReplyTextTest, AStageThatSaysSomethingElseIsTakenAtItsWord) {
  ReplyTexts texts;
  texts.add_filler("Moment mal.");
  texts.add("Es ist zwei.");
  EXPECT_EQ(texts.heard({.heard = 5,
                         .total = 10,
                         .spans = {word("it", true), word("is", true), word("two", false)}}),
            "it is");
}

TEST(ReplyTextTest, FillersDoNotCount) {
  ReplyTexts texts;
  texts.add_filler("One moment.");
  texts.add("It is noon.");
  EXPECT_EQ(texts.full(), "It is noon.");
  EXPECT_EQ(texts.heard({.heard = 1,
                         .total = 9,
                         .spans = {word("one", true), word("moment", true), word("it", true),
                                   word("is", false)}}),
            "It");
  EXPECT_EQ(texts.heard(unknown(100)), "");
  EXPECT_EQ(texts.heard(unknown(800)), "It is");
}

TEST(ReplyTextTest, AFillerMayComeBetweenTwoTexts) {
  ReplyTexts texts;
  texts.add("Let me see.");
  texts.add_filler("One moment.");
  texts.add("It is noon.");
  EXPECT_EQ(texts.heard({.heard = 1,
                         .total = 9,
                         .spans = {word("let", true), word("me", true), word("see", true),
                                   word("one", true), word("moment", true), word("it", true),
                                   word("is", false)}}),
            "Let me see. It");
}

TEST(ReplyTextTest, RepliesQueueUp) {
  ReplyTexts texts;
  texts.add("first");
  texts.end();
  texts.add("second");
  EXPECT_EQ(texts.full(), "first");
  texts.pop();
  EXPECT_EQ(texts.full(), "second");
  texts.pop();
  texts.pop();
  EXPECT_EQ(texts.full(), "");
}

TEST(ReplyTextTest, NeverGrowsWithoutBound) {
  ReplyTexts texts;
  for (int i = 0; i < 1000; ++i) texts.add(std::string(1024, 'x'));
  EXPECT_LE(texts.full().size(), 300u * 1024);
}

}  // namespace
