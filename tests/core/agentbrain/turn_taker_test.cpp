#include "turn_taker.hpp"

#include "turn_taker_fixture.hpp"

namespace {

using namespace agentbrain;
using TurnTakerTest = TurnTakerFixture;

TEST_F(TurnTakerTest, ATurnGoesToTheLlmAndItsReplyBackToListening) {
  turn(1, "what time is it");
  EXPECT_EQ(taker.state(), State::kThinking);
  ASSERT_NE(last(Kind::kSubmitTurn), nullptr);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, std::vector<std::string>{"what time is it"});
  EXPECT_EQ(last(Kind::kSubmitTurn)->turn_id, 1u);
  audio();
  EXPECT_EQ(taker.state(), State::kSpeaking);
  finished();
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(taker.deadline(), kNever);
}

TEST_F(TurnTakerTest, TheLineIsHeldBeforeAndFreeBehindEveryTurn) {
  turn(1, "hi");
  ASSERT_EQ(count(Kind::kPauseReply), 1);
  ASSERT_EQ(count(Kind::kResumeReply), 1);
  const auto at = [&](Kind k) {
    return std::find_if(log.begin(), log.end(), [&](auto& a) { return a.kind == k; }) - log.begin();
  };
  EXPECT_LT(at(Kind::kResumeReply), at(Kind::kSubmitTurn));
  EXPECT_FALSE(last(Kind::kResumeReply)->audible);
}

TEST_F(TurnTakerTest, SpeaksFirst) {
  taker.start(true, 0);
  run();
  EXPECT_EQ(taker.state(), State::kThinking);
  EXPECT_EQ(last(Kind::kSubmitTurn)->turn_id, 0u);
  EXPECT_TRUE(last(Kind::kSubmitTurn)->texts.empty());
}

TEST_F(TurnTakerTest, OnsetPausesAtOnceAndWordsConfirm) {
  speak();
  start_speech(2);
  EXPECT_EQ(taker.state(), State::kInterruptionPending);
  ASSERT_EQ(count(Kind::kPauseReply), 1);
  EXPECT_TRUE(log.front().audible || log[1].audible);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 0);
  advance(ms(300));
  taker.interim("stop", t);
  run();
  EXPECT_EQ(taker.state(), State::kUserSpeaking);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
  EXPECT_EQ(last(Kind::kConfirmInterruption)->turn_id, 1u);
  advance(ms(300));
  end_speech(2);
  text("stop please");
  end_turn(2);
  // Something was heard of the first answer, so its question is done with.
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, std::vector<std::string>{"stop please"});
}

TEST_F(TurnTakerTest, StaysPendingWhileTheCallerSpeaks) {
  speak();
  start_speech(2);
  advance(30 * kSecond);
  EXPECT_EQ(taker.state(), State::kInterruptionPending);
  EXPECT_EQ(count(Kind::kResumeReply), 0);
}

TEST_F(TurnTakerTest, ResumesWithoutWords) {
  speak();
  start_speech(2);
  advance(ms(700));
  end_speech(2);
  advance(ms(799));
  EXPECT_EQ(taker.state(), State::kInterruptionPending);
  advance(ms(2));
  EXPECT_EQ(taker.state(), State::kSpeaking);
  EXPECT_TRUE(last(Kind::kResumeReply)->audible);
}

TEST_F(TurnTakerTest, ABlipResumesFromItsOnset) {
  speak();
  start_speech(2);
  const Time onset = t;
  advance(ms(500));  // the detector's hang-over
  taker.speech_end(2, onset + ms(100), t);
  run();
  advance(onset + ms(801) - t);
  EXPECT_EQ(taker.state(), State::kSpeaking);
}

TEST_F(TurnTakerTest, AShortNoiseNotUnderstoodResumesAtOnce) {
  speak();
  start_speech(2);
  advance(ms(300));
  end_speech(2);
  end_turn(2, true);
  EXPECT_EQ(taker.state(), State::kSpeaking);
}

TEST_F(TurnTakerTest, LongSpeechNotUnderstoodInterruptsAndIsAskedAgain) {
  speak();
  start_speech(2);
  advance(ms(700));
  end_speech(2);
  end_turn(2, true);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
  EXPECT_EQ(taker.state(), State::kThinking);
  EXPECT_TRUE(last(Kind::kSubmitTurn)->not_understood);
  EXPECT_TRUE(last(Kind::kSubmitTurn)->texts.empty());
}

TEST_F(TurnTakerTest, SpeechWhileThinkingMergesTheTurns) {
  turn(1, "book a table");
  heard = false;
  turn(2, "for two");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
  EXPECT_FALSE(last(Kind::kConfirmInterruption)->audible);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (std::vector<std::string>{"book a table", "for two"}));
  turn(3, "tonight");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts.size(), 3u);
}

TEST_F(TurnTakerTest, ACoughWhileThinkingKeepsTheAnswer) {
  turn(1, "book a table");
  heard = false;
  start_speech(2);
  advance(ms(900));
  end_speech(2);
  end_turn(2, true);
  EXPECT_EQ(taker.state(), State::kThinking);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 0);
  EXPECT_FALSE(last(Kind::kResumeReply)->audible);
  audio();
  EXPECT_EQ(taker.state(), State::kSpeaking);
}

TEST_F(TurnTakerTest, BackchannelBelowMinWordsIsDiscarded) {
  TurnTaker::Config config;
  config.min_words = 2;
  taker = TurnTaker(config);
  speak();
  turn(2, "mhm");
  EXPECT_EQ(taker.state(), State::kSpeaking);
  EXPECT_EQ(count(Kind::kDiscardTurn), 1);
  EXPECT_EQ(count(Kind::kSubmitTurn), 0);
}

TEST_F(TurnTakerTest, WordsThatComeLateStillInterrupt) {
  speak();
  start_speech(2);
  advance(ms(700));
  end_speech(2);
  advance(ms(900));
  ASSERT_EQ(taker.state(), State::kSpeaking);
  text("wait");
  EXPECT_EQ(taker.state(), State::kUserSpeaking);
  end_turn(2);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, std::vector<std::string>{"wait"});
}

TEST_F(TurnTakerTest, TextWithoutTurnEndEndsAfterSilence) {
  text("hello");
  advance(ms(600));
  text("there");
  advance(ms(999));
  EXPECT_EQ(count(Kind::kSubmitTurn), 0);
  advance(ms(2));
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (std::vector<std::string>{"hello", "there"}));
}

TEST_F(TurnTakerTest, ATurnWithNothingSaidGoesBackToListening) {
  turn(1, "");
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(count(Kind::kSubmitTurn), 0);
}

TEST_F(TurnTakerTest, NotUnderstoodWhileListeningIsAskedAgain) {
  start_speech(1);
  advance(ms(300));
  end_speech(1);
  end_turn(1, true);
  ASSERT_EQ(count(Kind::kSubmitTurn), 1);
  EXPECT_TRUE(last(Kind::kSubmitTurn)->not_understood);
}

TEST_F(TurnTakerTest, ASilentAnswerGoesBackToListening) {
  turn(1, "just talking to myself");
  taker.reply_end(false, t);
  run();
  EXPECT_EQ(taker.state(), State::kListening);
}

TEST_F(TurnTakerTest, HangUpEnds) {
  speak();
  finished(true);
  EXPECT_EQ(taker.state(), State::kEnded);
  start_speech(9);
  EXPECT_EQ(taker.state(), State::kEnded);
}

TEST_F(TurnTakerTest, AReplyNobodyAskedForIsSpoken) {
  audio();
  EXPECT_EQ(taker.state(), State::kSpeaking);
  finished();
  EXPECT_EQ(taker.state(), State::kListening);
}

TEST_F(TurnTakerTest, AReplyThatEndsWhilePendingMakesAnOrdinaryTurn) {
  speak();
  start_speech(2);
  taker.reply_finished(false, t);
  run();
  EXPECT_EQ(taker.state(), State::kUserSpeaking);
  advance(ms(400));
  end_speech(2);
  text("thanks");
  end_turn(2);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, std::vector<std::string>{"thanks"});
  EXPECT_EQ(count(Kind::kConfirmInterruption), 0);
}

}  // namespace
