#include "turn_taker.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace agentbrain;
using Kind = Action::Kind;

constexpr Time ms(Time n) { return n * kMillisecond; }

class TurnTakerTest : public testing::Test {
 protected:
  TurnTaker taker{TurnTaker::Config{}};
  std::vector<Action> log;
  bool heard = true;  // what the gate says when paused
  Time t = 0;

  // Carries actions out as agentbrain does.
  void run() {
    for (auto actions = taker.take_actions(); !actions.empty(); actions = taker.take_actions()) {
      for (Action& action : actions) {
        const bool pause = action.kind == Kind::kPauseReply;
        log.push_back(std::move(action));
        if (pause) taker.paused(heard, t);
      }
    }
  }
  void advance(Time by) {
    const Time until = t + by;
    while (taker.deadline() <= until) {
      t = std::max(t, taker.deadline());
      taker.timer(t);
      run();
    }
    t = until;
  }
  void start_speech(std::uint32_t id) {
    taker.speech_start(id, t, t);
    run();
  }
  void end_speech(std::uint32_t id) {
    taker.speech_end(id, t, t);
    run();
  }
  void text(const std::string& s) {
    taker.text(s, t);
    run();
  }
  void end_turn(std::uint32_t id, bool not_understood = false) {
    taker.turn_end(id, not_understood, t);
    run();
  }
  void turn(std::uint32_t id, const std::string& words, Time length = ms(800)) {
    start_speech(id);
    advance(length);
    end_speech(id);
    if (!words.empty()) text(words);
    end_turn(id);
  }
  void audio() {
    taker.sentence(t);
    taker.reply_audio(t);
    run();
  }
  void finished(bool hang_up = false) {
    taker.reply_end(true, t);
    taker.reply_finished(hang_up, t);
    run();
  }
  void speak() {
    turn(1, "hello");
    audio();
    log.clear();
  }
  long count(Kind kind) const {
    return std::count_if(log.begin(), log.end(), [&](const Action& a) { return a.kind == kind; });
  }
  const Action* last(Kind kind) const {
    for (auto it = log.rbegin(); it != log.rend(); ++it) {
      if (it->kind == kind) return &*it;
    }
    return nullptr;
  }
};

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

TEST_F(TurnTakerTest, AnAgentWithNothingToSayFirstIsNoError) {
  taker.start(true, 0);
  run();
  advance(21 * kSecond);
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(count(Kind::kError), 0);
}

TEST_F(TurnTakerTest, OnsetPausesAtOnceAndWordsConfirm) {
  speak();
  start_speech(2);
  EXPECT_EQ(taker.state(), State::kInterruptionPending);
  ASSERT_EQ(count(Kind::kPauseReply), 1);
  EXPECT_TRUE(log.front().audible || log[1].audible);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 0);
  advance(ms(300));
  taker.interim(1, t);
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

TEST_F(TurnTakerTest, NoAnswerInTimeIsAnErrorAndSaysSo) {
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

TEST_F(TurnTakerTest, NoTextInTimeIsAnError) {
  start_speech(1);
  advance(ms(500));
  end_speech(1);
  advance(20 * kSecond);
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(last(Kind::kError)->stage, "stt");
}

TEST_F(TurnTakerTest, SpeechWithoutAnEndIsBounded) {
  start_speech(1);
  advance(121 * kSecond);
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(last(Kind::kError)->stage, "detector");
}

TEST_F(TurnTakerTest, FillerOnceAndOnlyWhileTheLlmIsSilent) {
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

TEST_F(TurnTakerTest, AFailedStageIsReportedAndExcused) {
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

TEST_F(TurnTakerTest, HangUpEnds) {
  speak();
  finished(true);
  EXPECT_EQ(taker.state(), State::kEnded);
  start_speech(9);
  EXPECT_EQ(taker.state(), State::kEnded);
}

TEST_F(TurnTakerTest, EosWaitsForTheReply) {
  speak();
  taker.eos(t);
  run();
  EXPECT_EQ(count(Kind::kFinish), 0);
  finished();
  EXPECT_EQ(count(Kind::kFinish), 1);
  EXPECT_EQ(taker.state(), State::kEnded);
}

TEST_F(TurnTakerTest, EosAnswersTheLastTurn) {
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

TEST_F(TurnTakerTest, EosDoesNotWaitForEver) {
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

TEST_F(TurnTakerTest, TheCallerEndingWhilePendingLetsTheReplyFinish) {
  speak();
  start_speech(2);
  taker.eos(t);
  run();
  EXPECT_EQ(taker.state(), State::kSpeaking);
  finished();
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
