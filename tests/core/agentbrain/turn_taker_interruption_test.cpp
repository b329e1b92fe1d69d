// Which words interrupt a reply and which do not.
#include "turn_taker.hpp"
#include "turn_taker_fixture.hpp"

namespace {

using namespace agentbrain;

class Interruption : public TurnTakerFixture {
 protected:
  void configure(auto change) {
    TurnTaker::Config config;
    change(config);
    taker = TurnTaker(config);
  }
};

TEST_F(Interruption, ABackchannelLetsTheReplyGoOnAtOnce) {
  speak();
  turn(2, "Mhm, okay.", ms(400));
  EXPECT_EQ(taker.state(), State::kSpeaking);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 0);
  EXPECT_EQ(count(Kind::kDiscardTurn), 1);
  EXPECT_EQ(count(Kind::kSubmitTurn), 0);
  EXPECT_TRUE(last(Kind::kResumeReply)->backchannel);
  // It leaves nothing behind: what comes next is a question of its own.
  turn(3, "stop");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, std::vector<std::string>{"stop"});
}

TEST_F(Interruption, ABackchannelInInterimTextsDoesNotConfirm) {
  speak();
  start_speech(2);
  interim("right");
  EXPECT_EQ(taker.state(), State::kInterruptionPending);
  interim("right stop");
  EXPECT_EQ(taker.state(), State::kUserSpeaking);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
}

TEST_F(Interruption, ABackchannelWithoutAnEndOfTurnNeedsNoWaiting) {
  speak();
  start_speech(2);
  advance(ms(300));
  end_speech(2);
  text("yeah");
  EXPECT_EQ(taker.state(), State::kSpeaking);
}

TEST_F(Interruption, WordsBehindABackchannelInterrupt) {
  speak();
  start_speech(2);
  advance(ms(300));
  text("okay");  // of a stage that gives its text in parts
  EXPECT_EQ(taker.state(), State::kInterruptionPending);
  text("that is enough");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
  end_speech(2);
  end_turn(2);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (std::vector<std::string>{"okay", "that is enough"}));
}

TEST_F(Interruption, ABackchannelThatComesLateCutsNothing) {
  speak();
  start_speech(2);
  advance(ms(700));
  end_speech(2);
  advance(ms(900));
  ASSERT_EQ(taker.state(), State::kSpeaking);
  text("mhm");
  EXPECT_EQ(taker.state(), State::kSpeaking);
  EXPECT_EQ(count(Kind::kConfirmInterruption), 0);
  end_turn(2);
  EXPECT_EQ(taker.state(), State::kSpeaking);
}

TEST_F(Interruption, TheSameWordsAnswerAReplyThatIsAllButOver) {
  speak();
  rest = ms(900);
  turn(2, "yeah");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, std::vector<std::string>{"yeah"});
}

TEST_F(Interruption, TheSameWordsAreAQuestionBeforeAnythingWasHeard) {
  turn(1, "book a table");
  heard = false;
  turn(2, "okay");
  EXPECT_EQ(last(Kind::kSubmitTurn)->texts, (std::vector<std::string>{"book a table", "okay"}));
}

TEST_F(Interruption, WithoutAListEveryWordInterrupts) {
  configure([](auto& c) { c.backchannels = jackfield::Backchannels(); });
  speak();
  turn(2, "mhm");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
}

TEST_F(Interruption, MoreWordsMayBeNeededWhileTheReplySounds) {
  configure([](auto& c) { c.interrupt_words = 3; });
  speak();
  start_speech(2);
  interim("wait please");
  EXPECT_EQ(taker.state(), State::kInterruptionPending);
  advance(ms(400));
  end_speech(2);
  text("wait please");
  end_turn(2);
  EXPECT_EQ(taker.state(), State::kSpeaking);
  EXPECT_FALSE(last(Kind::kResumeReply)->backchannel);
  turn(3, "wait a moment");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
  // While nothing sounds, one is enough.
  heard = false;
  log.clear();
  turn(4, "please");
  EXPECT_EQ(count(Kind::kConfirmInterruption), 1);
}

TEST_F(Interruption, InterimWordsThatComeToNothingAreAskedAgain) {
  speak();
  start_speech(2);
  interim("what about");
  ASSERT_EQ(count(Kind::kConfirmInterruption), 1);
  advance(ms(500));
  end_speech(2);
  end_turn(2);  // without text: the recognizer took it back
  ASSERT_EQ(count(Kind::kSubmitTurn), 1);
  EXPECT_TRUE(last(Kind::kSubmitTurn)->not_understood);
  EXPECT_EQ(taker.state(), State::kThinking) << "the reply was cut, so something must be said";
}

TEST_F(Interruption, InterimWordsOfAStageThatNeverEndsTheTurnAreAskedAgain) {
  speak();
  start_speech(2);
  interim("what about");
  advance(ms(500));
  end_speech(2);
  advance(21 * kSecond);
  EXPECT_EQ(count(Kind::kError), 1);
  EXPECT_TRUE(last(Kind::kSubmitTurn)->not_understood);
}

TEST_F(Interruption, AFalseOneResumesWithInterimBackchannelsOnly) {
  speak();
  start_speech(2);
  interim("mm");
  advance(ms(400));
  end_speech(2);
  advance(ms(801));
  EXPECT_EQ(taker.state(), State::kSpeaking);
  EXPECT_TRUE(last(Kind::kResumeReply)->backchannel);
}

}  // namespace
