#include "reply_text.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain;

TEST(ReplyTextTest, HardWordsWin) {
  ReplyTexts texts;
  texts.add("It is noon.");
  EXPECT_EQ(texts.heard({.heard = 5, .total = 10, .has_words = true, .words = "It is"}), "It is");
}

TEST(ReplyTextTest, WithoutWordsTheShareOfTimeDecides) {
  ReplyTexts texts;
  texts.add("one two");
  texts.add("three four");
  EXPECT_EQ(texts.full(), "one two three four");
  EXPECT_EQ(texts.heard({.heard = 500, .total = 1000, .complete = true}), "one two");
  EXPECT_EQ(texts.heard({.heard = 1000, .total = 1000, .complete = true}), "one two three four");
}

TEST(ReplyTextTest, FillersDoNotCount) {
  ReplyTexts texts;
  texts.add_filler("One moment.");
  texts.add("It is noon.");
  EXPECT_EQ(texts.full(), "It is noon.");
  EXPECT_EQ(texts.heard({.heard = 1, .total = 9, .has_words = true, .words = "one moment it"}),
            "it");
  EXPECT_EQ(texts.heard({.heard = 100, .total = 1000, .complete = true}), "");
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
