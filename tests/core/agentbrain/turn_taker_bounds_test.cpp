// Timers, failures and the ends of streams.
#include "turn_taker_fixture.hpp"

namespace {

using namespace agentbrain;
using TurnTakerBoundsTest = TurnTakerFixture;

TEST_F(TurnTakerBoundsTest, NoAnswerInTimeIsAnErrorAndSaysSo) {
  TurnTaker::Config config;
  config.has_error_reply = true;
  taker = TurnTaker(config);
  turn(1, "hello");
  advance(20 * kSecond);
  ASSERT_EQ(count(Kind::kError), 1);
  EXPECT_EQ(last(Kind::kError)->stage, "llm");
  EXPECT_EQ(count(Kind::kAbandonReply), 1);
  EXPECT_EQ(count(Kind::kSayError), 1);
  // The TTS is dead too: it does not go on for ever.
  advance(21 * kSecond);
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(count(Kind::kSayError), 1);
}

TEST_F(TurnTakerBoundsTest, NoTextInTimeIsAnError) {
  start_speech(1);
  advance(ms(500));
  end_speech(1);
  advance(20 * kSecond);
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(last(Kind::kError)->stage, "stt");
}

TEST_F(TurnTakerBoundsTest, SpeechWithoutAnEndIsBounded) {
  start_speech(1);
  advance(121 * kSecond);
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(last(Kind::kError)->stage, "detector");
}

TEST_F(TurnTakerBoundsTest, AFailedStageIsReportedAndExcused) {
  TurnTaker::Config config;
  config.has_error_reply = true;
  taker = TurnTaker(config);
  turn(1, "hello");
  taker.stage_failed("llm", "refused", t);
  run();
  EXPECT_EQ(last(Kind::kError)->text, "refused");
  EXPECT_EQ(count(Kind::kSayError), 1);
  audio();
  finished();
  EXPECT_EQ(taker.state(), State::kListening);
}

TEST_F(TurnTakerBoundsTest, AReplyThatTheCallerLeavesIsCutThere) {
  speak();
  taker.gone(t);
  run();
  EXPECT_EQ(count(Kind::kAbandonReply), 1);
  EXPECT_TRUE(last(Kind::kAbandonReply)->audible);
  EXPECT_EQ(taker.state(), State::kEnded);
  taker.gone(t);
  run();
  EXPECT_EQ(count(Kind::kAbandonReply), 1);
}

TEST_F(TurnTakerBoundsTest, NothingIsCutWhenTheCallerLeavesAfterTheReply) {
  speak();
  finished();
  taker.gone(t);
  run();
  EXPECT_EQ(count(Kind::kAbandonReply), 0);
  EXPECT_EQ(taker.state(), State::kEnded);
}

TEST_F(TurnTakerBoundsTest, EosWaitsForTheReply) {
  speak();
  taker.eos(t);
  run();
  EXPECT_EQ(count(Kind::kFinish), 0);
  finished();
  EXPECT_EQ(count(Kind::kFinish), 1);
  EXPECT_EQ(taker.state(), State::kEnded);
}

TEST_F(TurnTakerBoundsTest, EosAnswersTheLastTurn) {
  start_speech(1);
  advance(ms(500));
  text("goodbye");
  taker.eos(t);
  run();
  EXPECT_EQ(taker.state(), State::kThinking);
  audio();
  finished();
  EXPECT_EQ(taker.state(), State::kEnded);
}

TEST_F(TurnTakerBoundsTest, EosDoesNotWaitForEver) {
  turn(1, "hello");
  audio();
  taker.eos(t);
  run();
  for (int i = 0; i < 40; ++i) {
    advance(kSecond);
    taker.reply_progress(t);
  }
  EXPECT_EQ(taker.state(), State::kEnded);
  EXPECT_EQ(count(Kind::kFinish), 1);
}

TEST_F(TurnTakerBoundsTest, TheCallerEndingWhilePendingLetsTheReplyFinish) {
  speak();
  start_speech(2);
  taker.eos(t);
  run();
  EXPECT_EQ(taker.state(), State::kSpeaking);
  finished();
  EXPECT_EQ(taker.state(), State::kEnded);
}

TEST_F(TurnTakerBoundsTest, FillerOnceAndOnlyWhileTheLlmIsSilent) {
  TurnTaker::Config config;
  config.filler_after = kSecond;
  taker = TurnTaker(config);
  turn(1, "hello");
  advance(ms(999));
  EXPECT_EQ(count(Kind::kSayFiller), 0);
  advance(5 * kSecond);
  EXPECT_EQ(count(Kind::kSayFiller), 1);
  audio();
  finished();
  turn(2, "again");
  advance(ms(500));
  taker.sentence(t);
  advance(5 * kSecond);
  EXPECT_EQ(count(Kind::kSayFiller), 1);
}

TEST_F(TurnTakerBoundsTest, AnAgentWithNothingToSayFirstIsNoError) {
  taker.start(true, 0);
  run();
  advance(21 * kSecond);
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(count(Kind::kError), 0);
}

}  // namespace
