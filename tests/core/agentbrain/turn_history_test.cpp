#include "turn_history.hpp"

#include <gtest/gtest.h>

namespace {

using agentbrain::TurnHistory;

std::string show(const TurnHistory::Missing& missing) {
  std::string all = std::to_string(missing.from) + ":";
  for (const auto& turn : missing.turns) {
    all += " " + std::to_string(turn.id) + "(" + turn.question + "/" + turn.reply + ")";
  }
  return all;
}

TurnHistory two_turns() {
  TurnHistory history;
  history.asked(0, "", 0);
  history.answered("Welcome.");
  history.asked(1, "What time is it?", 0);
  history.answered("It is five.");
  history.answered("Anything else?");
  return history;
}

TEST(TurnHistory, WhoAnsweredEverythingMissesNothing) {
  EXPECT_FALSE(TurnHistory{}.misses(0));
  EXPECT_FALSE(TurnHistory{}.misses(1));
  EXPECT_FALSE(two_turns().misses(0));
}

TEST(TurnHistory, AnotherProviderIsToldEverything) {
  TurnHistory history = two_turns();
  ASSERT_TRUE(history.misses(1));
  EXPECT_EQ(show(history.tell(1, {})),
            "0: 0(/Welcome.) 1(What time is it?/It is five. Anything else?)");
  EXPECT_FALSE(history.misses(1));
}

TEST(TurnHistory, TheQuestionThatItIsAskedIsNotTold) {
  TurnHistory history = two_turns();
  history.asked(2, "Who are you?", 0);
  history.failed(0);
  EXPECT_EQ(show(history.tell(1, {2})),
            "0: 0(/Welcome.) 1(What time is it?/It is five. Anything else?)");
  history.answered("The desk.");
  EXPECT_FALSE(history.misses(1));
  EXPECT_EQ(show(history.tell(0, {})), "2: 2(Who are you?/The desk.)");
}

TEST(TurnHistory, WhoComesBackIsToldWhatCameMeanwhile) {
  TurnHistory history = two_turns();
  history.tell(1, {});
  history.asked(2, "a", 1);
  history.answered("b");
  history.asked(3, "c", 1);
  EXPECT_EQ(show(history.tell(0, {})), "2: 2(a/b) 3(c/)");
}

TEST(TurnHistory, OnlyWhatWasHeardIsTold) {
  TurnHistory history = two_turns();
  history.heard(1, "It is", 0);
  history.asked(2, "no", 0);
  history.answered("one moment");
  history.heard(2, "", 0);
  history.heard(9, "nobody said this", 0);
  EXPECT_EQ(show(history.tell(1, {})), "0: 0(/Welcome.) 1(What time is it?/It is)");
}

TEST(TurnHistory, ACutThatOneDidNotSeeMakesItForget) {
  TurnHistory history = two_turns();
  history.heard(1, "", 1);
  EXPECT_EQ(show(history.tell(0, {})), "1:");
}

TEST(TurnHistory, WhatWasToldInVainIsToldAgain) {
  TurnHistory history = two_turns();
  const auto first = history.tell(1, {});
  history.told_in_vain(1, first.from);
  EXPECT_EQ(show(history.tell(1, {})), show(first));
}

TEST(TurnHistory, IsBounded) {
  TurnHistory history;
  for (std::uint32_t i = 1; i <= 10'000; ++i) {
    history.asked(i, "q", 0);
    history.answered("a");
  }
  auto missing = history.tell(1, {});
  EXPECT_EQ(missing.turns.size(), TurnHistory::kMostTurns);
  EXPECT_EQ(missing.turns.back().id, 10'000u);
  history.clear();
  const std::string text(1000, 'x');
  history.asked(1, text, 0);
  for (int i = 0; i < 10'000; ++i) history.answered(text);
  for (std::uint32_t i = 2; i < 1000; ++i) history.asked(i, text, 0);
  missing = history.tell(1, {});
  std::size_t bytes = 0;
  for (const auto& turn : missing.turns) bytes += turn.question.size() + turn.reply.size();
  EXPECT_LE(bytes, TurnHistory::kMostBytes);
  EXPECT_GT(bytes, TurnHistory::kMostBytes / 2);
}

}  // namespace
