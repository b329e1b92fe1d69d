// What the agent learns from the application.
#include "turn_taker.hpp"
#include "turn_taker_fixture.hpp"

namespace {

using namespace agentbrain;
using Texts = std::vector<std::string>;

class TurnTakerNotes : public TurnTakerFixture {
 protected:
  void begin(bool speak_first = false) {
    taker.start(speak_first, t);
    run();
  }
  bool tell(const std::string& note, bool speak = false) {
    const bool taken = taker.told(note, speak, t);
    run();
    return taken;
  }
  // As agentbrain answers kNotesDue.
  void due(std::uint32_t id) {
    ASSERT_EQ(count(Kind::kNotesDue), 1);
    taker.notes_due(id, t);
    run();
  }
};

TEST_F(TurnTakerNotes, GoBeforeTheNextQuestionOnce) {
  begin();
  EXPECT_TRUE(tell("Anna calls"));
  advance(ms(60'000));
  EXPECT_EQ(count(Kind::kSubmitTurn), 0);
  turn(1, "hello");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"(Note: Anna calls)", "hello"}));
  audio();
  finished();
  turn(2, "and now");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"and now"});
}

TEST_F(TurnTakerNotes, WhoAskedIsKnown) {
  begin(true);
  EXPECT_FALSE(last(Kind::kSubmitTurn)->by_caller);
  audio();
  finished();
  turn(1, "hello");
  EXPECT_TRUE(last(Kind::kSubmitTurn)->by_caller);
  EXPECT_FALSE(last(Kind::kSubmitTurn)->continues);
  // Nothing of the answer was heard.
  heard = false;
  turn(2, "please");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"hello", "please"}));
  EXPECT_TRUE(last(Kind::kSubmitTurn)->by_caller);
  EXPECT_TRUE(last(Kind::kSubmitTurn)->continues);
  audio();
  finished();
  EXPECT_TRUE(tell("the report is there", true));
  advance(ms(1000));
  due(3);
  EXPECT_FALSE(last(Kind::kSubmitTurn)->by_caller);
  audio();
  finished();
  taker.typed(4, "yes", t);
  run();
  EXPECT_TRUE(last(Kind::kSubmitTurn)->by_caller);
  EXPECT_FALSE(last(Kind::kSubmitTurn)->continues);
  audio();
  finished();
  start_speech(5);
  advance(ms(800));
  end_speech(5);
  end_turn(5, true);
  EXPECT_TRUE(last(Kind::kSubmitTurn)->not_understood);
  EXPECT_FALSE(last(Kind::kSubmitTurn)->by_caller);
}

TEST_F(TurnTakerNotes, GoWithTheGreetingEvenIfToldBeforeItBegins) {
  EXPECT_TRUE(tell("Anna calls", true));
  EXPECT_EQ(taker.deadline(), kNever);
  begin(true);
  ASSERT_EQ(count(Kind::kSubmitTurn), 1);
  EXPECT_EQ(last(Kind::kSubmitTurn)->turn_id, 0u);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"(Note: Anna calls)"});
  // An agent that has nothing to say first is no error.
  advance(ms(30'000));
  EXPECT_EQ(count(Kind::kError), 0);
  EXPECT_EQ(taker.state(), State::kListening);
}

TEST_F(TurnTakerNotes, ToBeSpokenWaitUntilNobodyHasTheWord) {
  begin();
  speak();
  EXPECT_TRUE(tell("the report is there", true));
  advance(ms(1000));
  EXPECT_EQ(count(Kind::kNotesDue), 0);  // the agent speaks
  finished();
  start_speech(2);
  advance(ms(500));
  end_speech(2);
  end_turn(2);  // a cough
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(count(Kind::kNotesDue), 0);
  advance(ms(700));
  due(3);
  const Action* turn = last(Kind::kSubmitTurn);
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->turn_id, 3u);
  EXPECT_TRUE(turn->typed);
  EXPECT_EQ(turn->texts, Texts{"(Note: the report is there)"});
  EXPECT_EQ(taker.state(), State::kThinking);
  audio();
  finished();
  advance(ms(5000));
  EXPECT_EQ(count(Kind::kSubmitTurn), 1);
}

TEST_F(TurnTakerNotes, WhoSpeaksFirstGetsItWithTheAnswer) {
  begin();
  EXPECT_TRUE(tell("the report is there", true));
  advance(ms(300));
  turn(1, "is it there");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"(Note: the report is there)", "is it there"}));
  audio();
  finished();
  advance(ms(5000));
  EXPECT_EQ(count(Kind::kNotesDue), 0);
}

TEST_F(TurnTakerNotes, WhoBeginsToSpeakMeanwhileIsNotOverruled) {
  begin();
  tell("the report is there", true);
  advance(ms(700));
  ASSERT_EQ(count(Kind::kNotesDue), 1);
  start_speech(1);
  taker.notes_due(2, t);
  run();
  EXPECT_EQ(count(Kind::kSubmitTurn), 0);
  advance(ms(800));
  end_speech(1);
  text("is it there");
  end_turn(1);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"(Note: the report is there)", "is it there"}));
}

TEST_F(TurnTakerNotes, AreNotLostWhenTheAnswerWasNotHeard) {
  heard = false;
  begin();
  tell("the report is there", true);
  advance(ms(700));
  due(1);
  turn(2, "hello");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"(Note: the report is there)", "hello"}));
}

TEST_F(TurnTakerNotes, WaitWhenNothingWasUnderstood) {
  begin();
  tell("Anna calls");
  start_speech(1);
  advance(ms(800));
  end_speech(1);
  end_turn(1, true);
  ASSERT_EQ(count(Kind::kSubmitTurn), 1);
  EXPECT_TRUE(last(Kind::kSubmitTurn)->texts.empty());
  audio();
  finished();
  turn(2, "hello");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"(Note: Anna calls)", "hello"}));
}

TEST_F(TurnTakerNotes, AreBoundedAndEndWithTheCall) {
  begin();
  for (int i = 0; i < 32; ++i) EXPECT_TRUE(tell("x"));
  EXPECT_FALSE(tell("x"));
  turn(1, "hello");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts.size(), 33u);
  EXPECT_FALSE(tell(std::string(70'000, 'x')));
  EXPECT_FALSE(tell(""));
  taker.gone(t);
  EXPECT_FALSE(tell("x"));
}

TEST_F(TurnTakerNotes, InARoomTheAgentSpeaksUpUnasked) {
  TurnTaker::Config config;
  config.addressee = {.named = true, .names = jackfield::SpokenNames{"Jack"}};
  taker.configure(config);
  begin();
  turn(1, "shall we have lunch");
  tell("the report is there", true);
  advance(ms(700));
  due(2);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"(Note: the report is there)"});
  EXPECT_EQ(last(Kind::kSubmitTurn)->overheard, Texts{"shall we have lunch"});
}

}  // namespace
