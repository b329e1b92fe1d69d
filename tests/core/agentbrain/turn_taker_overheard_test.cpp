// Where several people talk with each other, the agent answers when its name is said.
#include "turn_taker.hpp"
#include "turn_taker_fixture.hpp"

namespace {

using namespace agentbrain;
using Texts = std::vector<std::string>;

class TurnTakerOverheard : public TurnTakerFixture {
 protected:
  TurnTakerOverheard() { taker.configure(in_a_room()); }

  static TurnTaker::Config in_a_room() {
    TurnTaker::Config config;
    config.addressee = {.named = true, .names = jackfield::SpokenNames{"Jack"}};
    config.filler_after = ms(500);
    config.has_error_reply = config.has_error_goodbye = true;
    config.max_errors = 2;
    return config;
  }
  void reply(const std::string& sentence) {
    taker.sentence(t, sentence);
    taker.reply_audio(t);
    run();
  }
  // A turn that names it is answered, and the window behind it is over.
  void be_asked_long_ago() {
    turn(1, "Jack, who are you");
    reply("I am Jack.");
    finished();
    advance(ms(11'000));
    log.clear();
  }
  void expect_silence() const {
    EXPECT_EQ(taker.state(), State::kListening);
    EXPECT_EQ(taker.deadline(), kNever);
    EXPECT_EQ(count(Kind::kSubmitTurn), 0);
    EXPECT_EQ(count(Kind::kSayFiller), 0);
    EXPECT_EQ(count(Kind::kSayError), 0);
  }
};

TEST_F(TurnTakerOverheard, WithoutTheNameThereIsNoAnswer) {
  turn(1, "shall we have lunch");
  ASSERT_EQ(count(Kind::kDiscardTurn), 1);
  EXPECT_FALSE(last(Kind::kDiscardTurn)->addressed);
  advance(ms(30'000));
  expect_silence();
}

TEST_F(TurnTakerOverheard, TheNameAnywhereInTheTurnIsEnough) {
  turn(1, "what time is it Jack");
  EXPECT_EQ(taker.state(), State::kThinking);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"what time is it Jack"});
  EXPECT_TRUE(last(Kind::kSubmitTurn)->overheard.empty());
}

TEST_F(TurnTakerOverheard, WhatWasSaidBeforeGoesWithTheNextQuestion) {
  turn(1, "shall we have lunch");
  turn(2, "at noon");
  turn(3, "Jack is noon free");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"Jack is noon free"});
  EXPECT_EQ(last(Kind::kSubmitTurn)->overheard, (Texts{"shall we have lunch", "at noon"}));
  reply("It is.");
  finished();
  log.clear();
  // Once.
  turn(4, "Jack what is the date");
  EXPECT_TRUE(last(Kind::kSubmitTurn)->overheard.empty());
}

TEST_F(TurnTakerOverheard, AnAnswerOfWhichNothingWasHeardIsAskedForWithItAgain) {
  turn(1, "shall we have lunch");
  turn(2, "Jack is noon free");
  heard = false;
  start_speech(3);
  advance(ms(300));
  interim("or one o'clock");
  end_speech(3);
  text("or one o'clock");
  end_turn(3);
  ASSERT_EQ(count(Kind::kConfirmInterruption), 1);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"Jack is noon free", "or one o'clock"}));
  EXPECT_EQ(last(Kind::kSubmitTurn)->overheard, Texts{"shall we have lunch"});
}

TEST_F(TurnTakerOverheard, TheWindowBehindItsReplyNeedsNoName) {
  turn(1, "Jack what time is it");
  reply("Ten.");
  advance(ms(15'000));
  finished();
  advance(ms(9'000));
  turn(2, "and in Rome");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"and in Rome"});
  reply("Eleven.");
  finished();
  log.clear();
  // What follows does not keep it open.
  advance(ms(2'000));
  turn(3, "let us go then");
  advance(ms(2'000));
  expect_silence();
}

TEST_F(TurnTakerOverheard, ItWaitsForTheAnswerToItsOwnQuestion) {
  turn(1, "Jack book a table");
  reply("For how many?");
  finished();
  advance(ms(5'000));
  turn(2, "four");
  reply("Four. When?");
  finished();
  advance(ms(7'000));  // behind the window of the first reply
  log.clear();
  turn(3, "at eight");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"at eight"});
}

TEST_F(TurnTakerOverheard, WhatIsNotUnderstoodIsNotAskedFor) {
  start_speech(1);
  advance(ms(2'000));
  end_speech(1);
  end_turn(1, true);
  advance(ms(30'000));
  expect_silence();
}

TEST_F(TurnTakerOverheard, WordsSilenceItAndAreNotAnswered) {
  turn(1, "Jack tell a story");
  reply("Once upon a time.");
  finished();
  advance(ms(8'000));
  turn(2, "a longer one");
  reply("There was a king.");
  advance(ms(5'000));  // the window is over, the reply is not
  log.clear();
  turn(3, "shall we go home");
  EXPECT_EQ(count(Kind::kPauseReply), 1);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
  expect_silence();
  turn(4, "Jack go on");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"Jack go on"});
  EXPECT_EQ(last(Kind::kSubmitTurn)->overheard, Texts{"shall we go home"});
}

TEST_F(TurnTakerOverheard, WhoCorrectsItWhileItSpeaksIsAnswered) {
  turn(1, "Jack what is the weather");
  reply("Today it rains.");
  log.clear();
  turn(2, "no tomorrow");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"no tomorrow"});
}

TEST_F(TurnTakerOverheard, LaughterPausesAndDoesNotCut) {
  turn(1, "Jack what is the weather");
  reply("Today it rains.");
  log.clear();
  start_speech(2);
  advance(ms(1'500));
  end_speech(2);
  end_turn(2, true);
  EXPECT_EQ(count(Kind::kPauseReply), 1);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 0);
  EXPECT_EQ(count(Kind::kResumeReply), 1);
  EXPECT_EQ(taker.state(), State::kSpeaking);
}

TEST_F(TurnTakerOverheard, AnUnheardAnswerWaitsUntilOthersAreDone) {
  heard = false;
  taker.typed(1, "what time is it", t);  // opens no window
  run();
  ASSERT_EQ(taker.state(), State::kThinking);
  start_speech(2);
  advance(ms(400));
  interim("shall we have lunch");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 0);
  reply("Ten.");  // is held
  end_speech(2);
  text("shall we have lunch");
  end_turn(2);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 0);
  EXPECT_EQ(count(Kind::kResumeReply), 1);
  EXPECT_FALSE(last(Kind::kDiscardTurn)->addressed);
  finished();
  turn(3, "Jack when is lunch");
  EXPECT_EQ(last(Kind::kSubmitTurn)->overheard, Texts{"shall we have lunch"});
}

TEST_F(TurnTakerOverheard, TheNameCutsAnUnheardAnswer) {
  heard = false;
  taker.typed(1, "what time is it", t);
  run();
  log.clear();
  start_speech(2);
  advance(ms(400));
  interim("wait");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 0);
  interim("wait jack");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
  end_speech(2);
  text("wait Jack");
  end_turn(2);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"what time is it", "wait Jack"}));
}

TEST_F(TurnTakerOverheard, TypedTextIsAlwaysMeantForIt) {
  start_speech(1);
  advance(ms(500));
  text("shall we have");
  taker.typed(2, "what time is it", t);
  run();
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"what time is it"});
  EXPECT_EQ(last(Kind::kSubmitTurn)->overheard, Texts{"shall we have"});
  EXPECT_TRUE(last(Kind::kSubmitTurn)->typed);
}

TEST_F(TurnTakerOverheard, ABrokenRecognizerIsNotApologizedForUnasked) {
  for (std::uint32_t id = 1; id < 6; ++id) {
    start_speech(id);
    advance(ms(500));
    taker.stage_complained("stt", "gone", t, "deepgramstt");
    end_speech(id);
    end_turn(id);
    advance(ms(1'000));
  }
  EXPECT_EQ(count(Kind::kError), 5);
  EXPECT_EQ(count(Kind::kSayGoodbye), 0);
  expect_silence();
}

TEST_F(TurnTakerOverheard, AnAnswerThatFailsIsApologizedFor) {
  turn(1, "Jack what time is it");
  taker.stage_failed("llm", "gone", t);
  run();
  EXPECT_EQ(count(Kind::kSayError), 1);
}

TEST_F(TurnTakerOverheard, AloneWithSomebodyItAnswersEverything) {
  turn(1, "shall we have lunch");
  TurnTaker::Config config = in_a_room();
  config.addressee.named = false;
  taker.configure(config);
  turn(2, "what time is it");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"what time is it"});
  EXPECT_EQ(last(Kind::kSubmitTurn)->overheard, Texts{"shall we have lunch"});
  reply("Ten.");
  finished();
  log.clear();
  taker.configure(in_a_room());
  turn(3, "and in Rome");
  advance(ms(1'000));
  expect_silence();
}

TEST_F(TurnTakerOverheard, TheGreetingKeepsItForTheFirstQuestion) {
  turn(1, "shall we have lunch");
  taker.start(true, t);
  run();
  EXPECT_EQ(last(Kind::kSubmitTurn)->turn_id, 0u);
  EXPECT_TRUE(last(Kind::kSubmitTurn)->overheard.empty());
  reply("Hello.");
  finished();
  turn(2, "Jack when is lunch");
  EXPECT_EQ(last(Kind::kSubmitTurn)->overheard, Texts{"shall we have lunch"});
}

TEST_F(TurnTakerOverheard, TheOldestIsForgotten) {
  for (std::uint32_t id = 1; id <= 100; ++id) turn(id, "remark " + std::to_string(id), ms(300));
  turn(101, std::string(15'000, 'x'));
  turn(102, "Jack what was said");
  const Texts& overheard = last(Kind::kSubmitTurn)->overheard;
  EXPECT_EQ(overheard.size(), 64u);
  EXPECT_EQ(overheard.front(), "remark 38");
  reply("Much.");
  finished();
  turn(103, std::string(17'000, 'x'));
  turn(104, "Jack what was said");
  EXPECT_TRUE(last(Kind::kSubmitTurn)->overheard.empty());
}

TEST_F(TurnTakerOverheard, SaysSoFarWhetherItIsMeant) {
  be_asked_long_ago();
  start_speech(2);
  interim("what time");
  EXPECT_FALSE(taker.perhaps_meant(t));
  interim("what time is it Jack");
  EXPECT_TRUE(taker.perhaps_meant(t));
  EXPECT_FALSE(taker.meant(t));
  text("what time is it Jack");
  EXPECT_TRUE(taker.meant(t));
}

TEST_F(TurnTakerOverheard, TheEndOfTheStreamEndsIt) {
  start_speech(1);
  text("bye all");
  taker.eos(t);
  run();
  EXPECT_EQ(taker.state(), State::kEnded);
  EXPECT_EQ(count(Kind::kFinish), 1);
  EXPECT_EQ(count(Kind::kSubmitTurn), 0);
}

}  // namespace
