// What is typed is answered at once, whatever is going on.
#include "turn_taker.hpp"
#include "turn_taker_fixture.hpp"

namespace {

using namespace agentbrain;
using Texts = std::vector<std::string>;

class TurnTakerTyped : public TurnTakerFixture {
 protected:
  std::uint32_t type(std::uint32_t id, const std::string& words) {
    const std::uint32_t used = taker.typed(id, words, t);
    run();
    return used;
  }
  // The order of two actions.
  bool before(Kind first, Kind second) const {
    const auto at = [&](Kind kind) {
      return std::find_if(log.begin(), log.end(), [&](auto& a) { return a.kind == kind; });
    };
    return at(first) < at(second) && at(second) != log.end();
  }
};

TEST_F(TurnTakerTyped, IsATurnBeforeAnySpeech) {
  EXPECT_EQ(type(1, "what time is it"), 1u);
  EXPECT_EQ(taker.state(), State::kThinking);
  ASSERT_EQ(count(Kind::kSubmitTurn), 1);
  const Action& turn = *last(Kind::kSubmitTurn);
  EXPECT_EQ(turn.turn_id, 1u);
  EXPECT_EQ(turn.texts, Texts{"what time is it"});
  EXPECT_TRUE(turn.typed);
  EXPECT_FALSE(turn.not_understood);
  EXPECT_EQ(last(Kind::kTyped)->texts, Texts{"what time is it"});
  EXPECT_TRUE(before(Kind::kTyped, Kind::kSubmitTurn));
  audio();
  finished();
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_EQ(taker.deadline(), kNever);
}

TEST_F(TurnTakerTyped, CutsAReplyThatSoundsAtOnce) {
  speak();
  advance(ms(700));
  EXPECT_EQ(type(2, "mhm"), 2u);  // in writing it is no backchannel
  EXPECT_EQ(taker.state(), State::kThinking);
  EXPECT_EQ(count(Kind::kPauseReply), 1);
  EXPECT_TRUE(last(Kind::kPauseReply)->typed);
  ASSERT_EQ(count(Kind::kConfirmInterruption), 1);
  EXPECT_EQ(last(Kind::kConfirmInterruption)->turn_id, 1u);
  EXPECT_TRUE(last(Kind::kConfirmInterruption)->audible);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"mhm"});
  EXPECT_TRUE(before(Kind::kConfirmInterruption, Kind::kSubmitTurn));
  // Nobody was heard to speak.
  for (const Action& action : log) {
    if (action.kind == Kind::kStateChanged) {
      EXPECT_NE(action.state, State::kUserSpeaking);
    }
  }
  audio();
  finished();
  EXPECT_EQ(taker.state(), State::kListening);
}

TEST_F(TurnTakerTyped, ReplacesAnAnswerOfWhichNothingWasHeard) {
  turn(1, "hello");
  heard = false;
  type(2, "is anybody there");
  // As speech would: one longer question.
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"hello", "is anybody there"}));
  EXPECT_EQ(last(Kind::kSubmitTurn)->turn_id, 2u);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
}

TEST_F(TurnTakerTyped, BelongsToTheTurnThatIsBeingSpoken) {
  start_speech(3);
  advance(ms(400));
  text("my number is");  // of a stage that gives its text in parts
  EXPECT_EQ(type(4, "555 1234"), 3u);
  EXPECT_EQ(last(Kind::kSubmitTurn)->turn_id, 3u);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"my number is", "555 1234"}));
  EXPECT_EQ(taker.state(), State::kThinking);
  // Noise that goes on does not hold up the answer.
  audio();
  EXPECT_EQ(taker.state(), State::kSpeaking);
  advance(ms(900));
  end_speech(3);
  end_turn(3, true);
  EXPECT_EQ(taker.state(), State::kSpeaking);
  EXPECT_EQ(count(Kind::kSubmitTurn), 1);
}

TEST_F(TurnTakerTyped, WordsThatCameToLightLaterJoinTheQuestion) {
  start_speech(1);
  advance(ms(400));
  end_speech(1);
  heard = false;
  EXPECT_EQ(type(2, "please"), 1u);
  text("good morning");
  end_turn(1);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"please", "good morning"}));
  EXPECT_FALSE(last(Kind::kSubmitTurn)->typed);
}

TEST_F(TurnTakerTyped, DecidesAnInterruptionThatIsPending) {
  speak();
  start_speech(2);
  ASSERT_EQ(taker.state(), State::kInterruptionPending);
  type(3, "stop");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, Texts{"stop"});
  EXPECT_EQ(taker.state(), State::kThinking);
}

TEST_F(TurnTakerTyped, WaitsForTheLineToBeSilenced) {
  speak();
  ASSERT_EQ(taker.typed(2, "first", t), 2u);
  ASSERT_EQ(taker.typed(3, "second", t), 3u);
  EXPECT_EQ(taker.state(), State::kInterruptionPending);
  run();  // paused() is answered here
  ASSERT_EQ(count(Kind::kSubmitTurn), 1);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (Texts{"first", "second"}));
  EXPECT_EQ(last(Kind::kSubmitTurn)->turn_id, 3u);
}

TEST_F(TurnTakerTyped, AReplyThatEndsMeanwhileLeavesAnOrdinaryTurn) {
  turn(1, "hello");
  ASSERT_EQ(taker.typed(2, "again", t), 2u);
  taker.reply_end(false, t);  // before paused()
  run();
  EXPECT_EQ(taker.state(), State::kThinking);
  EXPECT_EQ(last(Kind::kSubmitTurn)->turn_id, 2u);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts.back(), "again");
}

TEST_F(TurnTakerTyped, AnUnendingSpeechBoundIsNotLeftBehind) {
  speak();
  type(2, "one");
  audio();
  for (int i = 0; i < 119; ++i) {
    advance(ms(1000));
    taker.reply_progress(t);
  }
  advance(ms(500));
  start_speech(3);
  advance(ms(600));  // the first bound would fall in here
  EXPECT_EQ(taker.state(), State::kInterruptionPending);
}

TEST_F(TurnTakerTyped, IsRefusedOnceTheCallEnds) {
  EXPECT_EQ(taker.typed(1, "", t), 0u);
  speak();
  taker.eos(t);
  run();
  log.clear();
  EXPECT_EQ(type(2, "wait"), 0u);
  EXPECT_TRUE(log.empty());
  finished(true);
  ASSERT_EQ(taker.state(), State::kEnded);
  EXPECT_EQ(type(2, "wait"), 0u);
}

TEST_F(TurnTakerTyped, IsBounded) {
  EXPECT_EQ(taker.typed(1, std::string(70'000, 'x'), t), 0u);
  run();
  EXPECT_EQ(taker.state(), State::kListening);
  EXPECT_TRUE(log.empty());
}

}  // namespace
