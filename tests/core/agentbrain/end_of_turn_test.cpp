#include "end_of_turn.hpp"

#include <gtest/gtest.h>

namespace agentbrain {
namespace {

using enum Completeness;

TEST(EndOfTurn, UnfinishedTexts) {
  for (const char* text : {"I would like to",
                           "and",
                           "um",
                           "Well, um",
                           "I want a pizza and",
                           "I want a pizza and.",
                           "my number is",
                           "it is for",
                           "five five five",
                           "my number is 555",
                           "555.",
                           "0 1 7 2.",
                           "twelve point",
                           "I want,",
                           "so I was...",
                           "so I was\u2026",
                           "the thing is \u2014",
                           "I\u2019m",
                           "the one with the",
                           "because"}) {
    EXPECT_EQ(judge_completeness(text), kUnfinished) << text;
  }
}

TEST(EndOfTurn, CompleteTexts) {
  for (const char* text :
       {"Yes", "no.", "yes please", "No, thank you.", "that's right", "That\u2019s right", "mm-hmm",
        "uh-huh", "What is it for?", "who are you looking for?", "I live in Berlin.", "Stop!",
        "Come in.", "he said \"hello.\"", "\u4f60\u597d\u3002", "Is it open? "}) {
    EXPECT_EQ(judge_completeness(text), kComplete) << text;
  }
}

TEST(EndOfTurn, ClosedQuestionsWithoutTheirMark) {
  EXPECT_EQ(judge_completeness("do you have a table"), kLikely);
  EXPECT_EQ(judge_completeness("is it open on sunday"), kLikely);
  EXPECT_EQ(judge_completeness("can you tell me when"), kUnfinished);
  EXPECT_EQ(judge_completeness("can you come"), kUnclear) << "too short to tell";
}

TEST(EndOfTurn, UnclearTexts) {
  for (const char* text : {"", "   ", "?!.", "'", "I would like a table", "seven",
                           "my number is 0 1 7 2 5 5 5 1 2", "5551234.", "\u4f60\u597d"}) {
    EXPECT_EQ(judge_completeness(text), kUnclear) << text;
  }
}

TEST(EndOfTurn, LongTextsAreJudgedByTheirEnd) {
  std::string text;
  while (text.size() < 100'000) text += "blah ";
  EXPECT_EQ(judge_completeness(text + "and"), kUnfinished);
  EXPECT_EQ(judge_completeness(text + "done."), kComplete);
  EXPECT_EQ(judge_completeness(std::string(100'000, 'x')), kUnclear);
  // Not an answer only because the cut leaves one.
  EXPECT_EQ(judge_completeness(text + "yes"), kUnclear);
}

}  // namespace
}  // namespace agentbrain
