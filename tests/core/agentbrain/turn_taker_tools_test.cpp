// A reply that waits for tools.
#include "turn_taker_fixture.hpp"

namespace {

using namespace agentbrain;

class TurnTakerToolsTest : public TurnTakerFixture {
 protected:
  void filler(const std::string& text = "One moment.") {
    taker.tool_filler(text);
    run();
  }
};

TEST_F(TurnTakerToolsTest, TheAnswerIsExpectedBehindTheToolsEnd) {
  turn(1, "hello");
  taker.tools_awaited(t + 60 * kSecond, t);
  advance(79 * kSecond);
  EXPECT_EQ(taker.state(), State::kThinking);
  EXPECT_EQ(count(Kind::kError), 0);
  advance(2 * kSecond);
  EXPECT_EQ(count(Kind::kError), 1);
}

TEST_F(TurnTakerToolsTest, WhenTheToolsAreThereItIsExpectedFromThenOn) {
  turn(1, "hello");
  taker.tools_awaited(t + 60 * kSecond, t);
  advance(30 * kSecond);
  taker.tools_awaited(0, t);
  advance(19 * kSecond);
  EXPECT_EQ(taker.state(), State::kThinking);
  advance(2 * kSecond);
  EXPECT_EQ(count(Kind::kError), 1);
}

TEST_F(TurnTakerToolsTest, AReplyThatStopsForAToolHasNotFailed) {
  turn(1, "hello");
  audio();  // "Let me look."
  taker.tools_awaited(t + 60 * kSecond, t);
  advance(70 * kSecond);
  EXPECT_EQ(taker.state(), State::kSpeaking);
  EXPECT_EQ(count(Kind::kError), 0);
}

TEST_F(TurnTakerToolsTest, AFillerIsSaidOnceAndOnlyIntoSilence) {
  turn(1, "hello");
  filler("Looking.");
  ASSERT_EQ(count(Kind::kSayFiller), 1);
  EXPECT_EQ(last(Kind::kSayFiller)->text, "Looking.");
  filler();
  EXPECT_EQ(count(Kind::kSayFiller), 1);
  // The next reply has its own, unless it has said something itself.
  audio();
  finished();
  turn(2, "and now?");
  filler();
  EXPECT_EQ(count(Kind::kSayFiller), 2);
  audio();
  finished();
  turn(3, "and now?");
  taker.sentence(t);
  filler();
  EXPECT_EQ(count(Kind::kSayFiller), 2);
}

TEST_F(TurnTakerToolsTest, NoFillerWithoutAReplyAndNoneBesideTheAgentsOwn) {
  filler();
  EXPECT_EQ(count(Kind::kSayFiller), 0);
  TurnTaker::Config config;
  config.filler_after = kSecond;
  taker = TurnTaker(config);
  turn(1, "hello");
  advance(kSecond);
  EXPECT_EQ(count(Kind::kSayFiller), 1);
  EXPECT_EQ(last(Kind::kSayFiller)->text, "");
  filler();
  EXPECT_EQ(count(Kind::kSayFiller), 1);
}

TEST_F(TurnTakerToolsTest, TheNextTurnWaitsForNoToolsOfTheLast) {
  turn(1, "hello");
  taker.tools_awaited(t + 600 * kSecond, t);
  turn(2, "something else");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
  advance(21 * kSecond);
  EXPECT_EQ(count(Kind::kError), 1);
}

}  // namespace
