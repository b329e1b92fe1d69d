// Turns that fail: what the caller hears, and when the call ends.
#include "turn_taker_fixture.hpp"

namespace {

using namespace agentbrain;

class TurnTakerErrorsTest : public TurnTakerFixture {
 protected:
  TurnTakerErrorsTest() {
    config.has_error_reply = config.has_error_goodbye = true;
    config.max_errors = 3;
    taker = TurnTaker(config);
  }
  void complain(const std::string& stage) {
    taker.stage_complained(stage, "no " + stage, t);
    run();
  }
  void silent_end() {
    taker.reply_end(false, t);
    run();
  }
  // A turn whose question the LLM does not answer.
  void unanswered(std::uint32_t id) {
    turn(id, "hello");
    complain("llm");
    silent_end();
  }
  TurnTaker::Config config;
};

TEST_F(TurnTakerErrorsTest, AnAnswerThatFailedIsExcused) {
  unanswered(1);
  EXPECT_EQ(count(Kind::kSayError), 1);
  ASSERT_EQ(count(Kind::kError), 1);
  EXPECT_EQ(last(Kind::kError)->stage, "llm");
  EXPECT_EQ(last(Kind::kError)->text, "no llm");
  audio();
  finished();
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(count(Kind::kSayError), 1);
  EXPECT_EQ(count(Kind::kError), 1);
}

TEST_F(TurnTakerErrorsTest, AnApologyOfTheStageIsEnough) {
  turn(1, "hello");
  complain("llm");
  audio();
  finished();
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(count(Kind::kSayError), 0);
  EXPECT_EQ(count(Kind::kError), 1);
}

TEST_F(TurnTakerErrorsTest, TooManyInARowEndTheCallWithASentence) {
  for (std::uint32_t id = 1; id <= 2; ++id) {
    unanswered(id);
    audio();
    finished();
    EXPECT_EQ(count(Kind::kSayGoodbye), 0);
    EXPECT_EQ(taker.state(), State::kListening);
  }
  unanswered(3);
  EXPECT_EQ(count(Kind::kSayError), 2);
  ASSERT_EQ(count(Kind::kSayGoodbye), 1);
  EXPECT_EQ(last(Kind::kError)->stage, "call");
  EXPECT_NE(last(Kind::kError)->text.find("3 turns in a row"), std::string::npos);
  audio();
  finished(true);
  EXPECT_EQ(taker.state(), State::kEnded);
}

TEST_F(TurnTakerErrorsTest, AnAnswerBetweenThemStartsTheCountAnew) {
  for (std::uint32_t id = 1; id <= 9; ++id) {
    if (id % 3 == 0) {
      turn(id, "hello");
    } else {
      unanswered(id);
    }
    audio();
    finished();
  }
  EXPECT_EQ(count(Kind::kSayGoodbye), 0);
  EXPECT_EQ(count(Kind::kSayError), 6);
}

TEST_F(TurnTakerErrorsTest, ApologiesOfTheStageCountToo) {
  for (std::uint32_t id = 1; id <= 3; ++id) {
    turn(id, "hello");
    complain("llm");
    audio();
    finished();
  }
  EXPECT_EQ(count(Kind::kSayGoodbye), 1);
}

TEST_F(TurnTakerErrorsTest, ADeadVoiceEndsTheCallWithoutTheCallersHelp) {
  taker.start(true, t);
  run();
  for (int i = 0; i < 10 && taker.state() == State::kThinking; ++i) {
    complain("tts");
    silent_end();
  }
  EXPECT_EQ(taker.state(), State::kEnded);
  EXPECT_EQ(count(Kind::kFinish), 1);
  EXPECT_EQ(count(Kind::kSayError), 2);
  EXPECT_EQ(count(Kind::kSayGoodbye), 0) << "nobody would hear it";
}

TEST_F(TurnTakerErrorsTest, WithoutABoundNothingIsRepeated) {
  config.max_errors = 0;
  taker = TurnTaker(config);
  for (std::uint32_t id = 1; id <= 20; ++id) {
    unanswered(id);
    complain("tts");
    silent_end();
    EXPECT_EQ(taker.state(), State::kListening);
  }
  EXPECT_EQ(count(Kind::kSayError), 20);
  EXPECT_EQ(count(Kind::kSayGoodbye), 0);
}

TEST_F(TurnTakerErrorsTest, AVoiceThatBreaksInMidReplyIsExcused) {
  turn(1, "hello");
  audio();
  complain("tts");
  finished();
  EXPECT_EQ(count(Kind::kSayError), 1);
  audio();
  finished();
  EXPECT_EQ(taker.state(), State::kListening);
}

TEST_F(TurnTakerErrorsTest, ATurnThatSttLostIsExcusedRatherThanAskedAgain) {
  start_speech(1);
  advance(ms(500));
  end_speech(1);
  complain("stt");
  end_turn(1, true);
  EXPECT_EQ(count(Kind::kSubmitTurn), 0);
  EXPECT_EQ(count(Kind::kSayError), 1);
  EXPECT_EQ(last(Kind::kError)->stage, "stt");
}

TEST_F(TurnTakerErrorsTest, AnSttThatRecoversIsNoFailure) {
  start_speech(1);
  complain("stt");
  advance(ms(500));
  end_speech(1);
  text("hello");
  end_turn(1);
  EXPECT_EQ(count(Kind::kSubmitTurn), 1);
  audio();
  finished();
  EXPECT_EQ(count(Kind::kError), 0);
}

TEST_F(TurnTakerErrorsTest, WhatFailedBetweenTurnsIsNoFailureOfThem) {
  complain("stt");
  complain("tts");
  start_speech(1);
  advance(ms(500));
  end_speech(1);
  end_turn(1, true);
  EXPECT_EQ(count(Kind::kSubmitTurn), 1) << "not understood";
  EXPECT_EQ(count(Kind::kError), 0);
}

TEST_F(TurnTakerErrorsTest, AnSttThatGaveUpEndsTheCall) {
  taker.stage_failed("stt", "broken", t);
  run();
  EXPECT_EQ(count(Kind::kSayError), 1);
  audio();
  finished();
  for (int i = 0; i < 100; ++i) taker.stage_failed("stt", "broken", t);
  run();
  EXPECT_EQ(count(Kind::kSayError), 1);
  EXPECT_EQ(taker.state(), State::kListening);
  for (std::uint32_t id = 1; id <= 2; ++id) {
    start_speech(id);
    advance(ms(500));
    end_speech(id);
    advance(20 * kSecond);
    audio();
    finished(id == 2);
  }
  EXPECT_EQ(count(Kind::kSayGoodbye), 1);
  EXPECT_EQ(taker.state(), State::kEnded);
}

TEST_F(TurnTakerErrorsTest, TheGoodbyeIsNotInterrupted) {
  config.max_errors = 1;
  taker = TurnTaker(config);
  unanswered(1);
  ASSERT_EQ(count(Kind::kSayGoodbye), 1);
  audio();
  start_speech(2);
  interim("wait");
  text("wait");
  end_speech(2);
  end_turn(2);
  EXPECT_EQ(taker.state(), State::kSpeaking);
  complain("llm");
  taker.stage_failed("llm", "broken", t);
  run();
  finished(true);
  EXPECT_EQ(taker.state(), State::kEnded);
  EXPECT_EQ(count(Kind::kSubmitTurn), 1);
}

TEST_F(TurnTakerErrorsTest, AGoodbyeThatIsNeverHeardEndsTheCallAllTheSame) {
  config.max_errors = 1;
  taker = TurnTaker(config);
  unanswered(1);
  advance(40 * kSecond);
  EXPECT_EQ(taker.state(), State::kEnded);
  EXPECT_EQ(count(Kind::kFinish), 1);
}

TEST_F(TurnTakerErrorsTest, WithoutAGoodbyeTheCallJustEnds) {
  config.max_errors = 1;
  config.has_error_goodbye = false;
  taker = TurnTaker(config);
  unanswered(1);
  EXPECT_EQ(taker.state(), State::kEnded);
  EXPECT_EQ(count(Kind::kFinish), 1);
}

TEST_F(TurnTakerErrorsTest, NobodyIsInterruptedByTheEndOfTheCall) {
  config.max_errors = 1;
  taker = TurnTaker(config);
  turn(1, "hello");
  complain("llm");
  audio();
  start_speech(2);
  finished();
  EXPECT_EQ(taker.state(), State::kUserSpeaking);
  EXPECT_EQ(count(Kind::kSayGoodbye), 0);
}

}  // namespace
