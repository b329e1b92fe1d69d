#include "confirmations.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;

constexpr std::uint64_t kSecond = 1'000'000'000;

class ConfirmationsTest : public testing::Test {
 protected:
  bool send(unsigned turn, const std::string& arguments = R"({"to":"anna"})") {
    return calls.take("send", arguments, turn, now);
  }
  // The caller speaks, and is understood.
  void speak(unsigned turn, bool continues = false) {
    calls.speaks(true);
    calls.said(turn, continues);
    calls.speaks(false);
  }

  Confirmations calls;
  std::uint64_t now = 100 * kSecond;
};

TEST_F(ConfirmationsTest, TheCallerIsAskedFirst) {
  EXPECT_FALSE(send(3));
  speak(4);
  EXPECT_TRUE(send(4));
  // Once.
  EXPECT_FALSE(send(4));
  speak(5);
  EXPECT_TRUE(send(5));
}

TEST_F(ConfirmationsTest, AModelThatCallsAgainByItselfIsRefused) {
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(send(3));
  // In turns that nobody began, such as a note's.
  EXPECT_FALSE(send(4));
  EXPECT_FALSE(send(5));
  speak(6);
  EXPECT_TRUE(send(6));
}

TEST_F(ConfirmationsTest, OtherArgumentsAreAskedAboutAgain) {
  EXPECT_FALSE(send(3));
  speak(4);
  EXPECT_FALSE(send(4, R"({"to":"mallory"})"));
  // And the first are not agreed to any more.
  EXPECT_FALSE(send(4));
  speak(5);
  EXPECT_TRUE(send(5));
}

TEST_F(ConfirmationsTest, SeveralAreAskedAboutAtOnce) {
  EXPECT_FALSE(send(3));
  EXPECT_FALSE(send(3, R"({"to":"bert"})"));
  EXPECT_FALSE(calls.take("delete", R"({"to":"anna"})", 3, now));
  speak(4);
  EXPECT_TRUE(send(4, R"({"to":"bert"})"));
  EXPECT_TRUE(send(4));
  EXPECT_TRUE(calls.take("delete", R"({"to":"anna"})", 4, now));
}

TEST_F(ConfirmationsTest, ItIsTheNextThingThatTheCallerSays) {
  EXPECT_FALSE(send(3));
  speak(4);  // no
  speak(5);  // something else
  EXPECT_FALSE(send(5));
}

TEST_F(ConfirmationsTest, WhatIsSaidInPiecesIsOneAnswer) {
  EXPECT_FALSE(send(3));
  speak(4);
  speak(5, true);
  EXPECT_TRUE(send(5));
}

// The caller went on before a word of the reply that would have asked was heard.
TEST_F(ConfirmationsTest, AQuestionThatNobodyHeardIsNotAnswered) {
  speak(3);
  EXPECT_FALSE(send(3));
  speak(4, true);
  EXPECT_FALSE(send(4));
  speak(5);
  EXPECT_TRUE(send(5));
}

TEST_F(ConfirmationsTest, TurnsMayHaveNoNumber) {
  EXPECT_FALSE(send(3));
  calls.speaks(true);
  calls.said(std::nullopt, false);
  EXPECT_FALSE(send(3));
  EXPECT_TRUE(send(4));
}

TEST_F(ConfirmationsTest, WhoSpokeAlreadyDidNotAnswer) {
  calls.speaks(true);
  EXPECT_FALSE(send(3));
  calls.said(4, false);
  calls.speaks(false);
  EXPECT_FALSE(send(4));
  speak(5);
  EXPECT_TRUE(send(5));
}

TEST_F(ConfirmationsTest, ACoughIsNoAnswer) {
  EXPECT_FALSE(send(3));
  calls.speaks(true);
  calls.speaks(false);
  EXPECT_FALSE(send(4));
  // And what is said after one that the question came behind is.
  calls.speaks(true);
  calls.speaks(false);
  EXPECT_FALSE(send(5, R"({"to":"bert"})"));
  speak(6);
  EXPECT_TRUE(send(6, R"({"to":"bert"})"));
}

TEST_F(ConfirmationsTest, WhatIsTypedIsAnAnswer) {
  EXPECT_FALSE(send(3));
  calls.said(4, false);
  EXPECT_TRUE(send(4));
}

TEST_F(ConfirmationsTest, ACallOfAnOlderReplyIsNone) {
  EXPECT_FALSE(send(3));
  speak(4);
  EXPECT_FALSE(send(3));
  EXPECT_TRUE(send(4));
}

// The words of the turn in which it was asked may come late.
TEST_F(ConfirmationsTest, TheTurnThatAskedIsNoAnswer) {
  EXPECT_FALSE(send(3));
  speak(3);
  EXPECT_FALSE(send(3));
}

TEST_F(ConfirmationsTest, AnAgreementIsValidForAWhile) {
  EXPECT_FALSE(send(3));
  speak(4);
  now += 119 * kSecond;
  EXPECT_TRUE(send(4));
  EXPECT_FALSE(send(4));
  speak(5);
  now += 120 * kSecond;
  EXPECT_FALSE(send(5));
}

TEST_F(ConfirmationsTest, ItIsOfOneConversation) {
  EXPECT_FALSE(send(3));
  speak(4);
  calls.clear();
  EXPECT_FALSE(send(4));
}

TEST_F(ConfirmationsTest, QuestionsAreBounded) {
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(send(3, std::to_string(i)));
  speak(4);
  EXPECT_FALSE(send(4, "0"));
}

TEST(CanonicalJson, TheSameArgumentsAreTheSame) {
  const auto canonical = [](const char* text) {
    return canonical_json(jackfield::read_json(text));
  };
  EXPECT_EQ(canonical(R"({ "b": [ {"d":1.0, "c":"\u0041"} ], "a":null })"),
            canonical(R"({"a":null,"b":[{"c":"A","d":1}]})"));
  EXPECT_NE(canonical(R"({"a":[1,2]})"), canonical(R"({"a":[2,1]})"));
  EXPECT_NE(canonical(R"({"a":null})"), canonical("{}"));
  EXPECT_NE(canonical(R"({"a":"1"})"), canonical(R"({"a":1})"));
}

}  // namespace
