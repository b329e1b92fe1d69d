// The caller's turns and words, in virtual time. Interruptions have a test of their own.
#include "realtime_call_fixture.hpp"

namespace openai::realtime {
namespace {

class RealtimeTurnsTest : public RealtimeCallTest {
 protected:
  void begin(TurnDetection detection, const char* model = "whisper") {
    transcription = model;
    call = make(detection);
    ready();
    sent.clear();
    texts.clear();
    notices.clear();
  }
  // A turn of half a second that ends now; the service is silent about it.
  void speak(const char* item) {
    event({.kind = Kind::kSpeechStarted, .item_id = item, .ms = 0});
    now += 500 * kMs;
    event({.kind = Kind::kSpeechStopped, .item_id = item, .ms = 0});
  }
  void own_turn(unsigned id) {
    take(call.turn_start(id, now, now));
    now += 500 * kMs;
    take(call.turn_end(now, now, true, now));
  }
  void words(const char* item, const std::string& text, bool final = true) {
    event({.kind = final ? Kind::kTranscriptDone : Kind::kTranscriptDelta,
           .item_id = item,
           .text = text});
  }
  std::vector<std::string> transcripts() const {
    std::vector<std::string> all;
    for (const Notice& n : of(Notice::Kind::kTranscript))
      all.push_back(std::to_string(n.turn_id) + ": " + n.text + (n.flag ? "." : ""));
    return all;
  }
};

TEST_F(RealtimeTurnsTest, AnEndWithoutABeginningIsNothing) {
  begin(TurnDetection::kNone);
  take(call.turn_end(now, now, true, now));
  EXPECT_THAT(sent, IsEmpty());
  event({.kind = Kind::kSpeechStopped, .item_id = "u1", .ms = 20});
  EXPECT_EQ(call.stats().turns, 0u);
  EXPECT_EQ(call.state(), "listening");
}

TEST_F(RealtimeTurnsTest, WhoeverFindsTheTurnsAsksForTheAnswer) {
  begin(TurnDetection::kServerVad);
  speak("u1");
  EXPECT_EQ(call.state(), "thinking");
  EXPECT_THAT(sent, IsEmpty()) << "the service begins by itself";
  EXPECT_FALSE(call.idle());
  begin(TurnDetection::kNone);
  own_turn(1);
  EXPECT_THAT(sent, ElementsAre("input_audio_buffer.commit", "response.create"));
  EXPECT_EQ(call.stats().turns, 1u);
}

TEST_F(RealtimeTurnsTest, NumbersOfTurnsOnlyGrow) {
  begin(TurnDetection::kNone);
  own_turn(7);
  event({.kind = Kind::kCommitted, .item_id = "a"});
  own_turn(3);  // an element upstream began to count anew
  event({.kind = Kind::kCommitted, .item_id = "b"});
  words("a", "one");
  words("b", "two");
  EXPECT_THAT(transcripts(), ElementsAre("7: one.", "8: two."));
}

TEST_F(RealtimeTurnsTest, WordsBelongToTheTurnTheyWereSaidIn) {
  begin(TurnDetection::kServerVad);
  const uint64_t first = now;
  speak("u1");
  response("r1", "a1", 20);
  play();
  hear_all();
  now += 1000 * kMs;
  speak("u2");
  words("u2", "and to", false);
  words("u1", "the price?");  // it took its time
  words("u2", "morrow", false);
  words("u2", "And tomorrow?");
  EXPECT_THAT(transcripts(),
              ElementsAre("2: and to", "1: the price?.", "2: and tomorrow", "2: And tomorrow?."));
  const Notice late = of(Notice::Kind::kTranscript)[1];
  EXPECT_LE(late.start, first + 500 * kMs);
  EXPECT_LE(late.end, first + 500 * kMs);
  EXPECT_EQ(of(Notice::Kind::kTranscript)[0].end, kNoTime) << "it may go on";
}

TEST_F(RealtimeTurnsTest, WordsOfNoTurnAreNotTold) {
  begin(TurnDetection::kServerVad);
  speak("u1");
  words("other", "strange");
  words("other", "stranger", false);
  EXPECT_THAT(transcripts(), IsEmpty());
  EXPECT_EQ(call.state(), "thinking");
}

TEST_F(RealtimeTurnsTest, ATurnThatIsNotNamedYetHasNoWords) {
  begin(TurnDetection::kNone);
  own_turn(1);
  words("", "of an item without a name");
  EXPECT_THAT(transcripts(), IsEmpty());
}

TEST_F(RealtimeTurnsTest, SpeechThatWasNotUnderstoodIsToldAsSuch) {
  begin(TurnDetection::kServerVad);
  speak("u1");
  words("u1", "some", false);
  event({.kind = Kind::kTranscriptFailed, .item_id = "u1", .text = "no capacity"});
  ASSERT_EQ(of(Notice::Kind::kTranscript).size(), 2u);
  EXPECT_TRUE(of(Notice::Kind::kTranscript)[1].not_understood);
  EXPECT_THAT(of(Notice::Kind::kError).at(0).text, HasSubstr("no capacity"));
}

TEST_F(RealtimeTurnsTest, WordsAndTurnsAreBounded) {
  begin(TurnDetection::kServerVad);
  speak("u1");
  for (int i = 0; i < 40; ++i) words("u1", std::string(1024, 'x'), false);
  EXPECT_LE(of(Notice::Kind::kTranscript).back().text.size(), 16u * 1024);
  for (int i = 2; i <= 40; ++i) speak(("u" + std::to_string(i)).c_str());
  notices.clear();
  words("u1", "long ago");
  EXPECT_THAT(transcripts(), IsEmpty());
  words("u40", "now");
  EXPECT_THAT(transcripts(), ElementsAre("40: now."));
}

TEST_F(RealtimeTurnsTest, ATurnThatEndedWithItsSessionGetsNoWordsOfTheNext) {
  begin(TurnDetection::kNone);
  own_turn(1);
  take(call.disconnected(now));  // before its item had a name
  ready();
  own_turn(2);
  event({.kind = Kind::kCommitted, .item_id = "u2"});
  words("u2", "hello again");
  EXPECT_THAT(transcripts(), ElementsAre("2: hello again."));
}

TEST_F(RealtimeTurnsTest, TooLittleAudioInterruptsNothing) {
  resume_after = 800 * kMs;
  begin(TurnDetection::kNone);
  response("r1", "a1", 1000);
  play();
  sent.clear();
  played = now - 500 * kMs;
  take(call.turn_start(1, now, now));
  EXPECT_EQ(call.state(), "interruption-pending");
  take(call.turn_end(now, now, false, now));
  EXPECT_THAT(sent, ElementsAre("input_audio_buffer.clear"));
  EXPECT_EQ(of(Notice::Kind::kResumed).size(), 1u);
  EXPECT_EQ(call.state(), "speaking");
  EXPECT_EQ(call.stats().turns, 0u);
}

TEST_F(RealtimeTurnsTest, WithoutASessionSpeechIsNoTurn) {
  begin(TurnDetection::kNone);
  take(call.disconnected(now));
  own_turn(1);
  EXPECT_THAT(sent, IsEmpty());
  EXPECT_EQ(call.state(), "listening");
  EXPECT_FALSE(call.caller_speaks());
}

TEST_F(RealtimeTurnsTest, EachPartOfAReplyIsCutByItself) {
  begin(TurnDetection::kServerVad);
  const uint64_t start = now;
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});
  for (const char* item : {"a1", "a2", "a3"}) {
    event({.kind = Kind::kAudioDelta,
           .response_id = "r1",
           .item_id = item,
           .audio = std::vector<uint8_t>(300 * 8)});
  }
  play();
  played = start + 400 * kMs;
  event({.kind = Kind::kSpeechStarted, .item_id = "u1", .ms = 0});
  std::vector<std::string> cut;
  for (const std::string& text : texts) {
    const auto told = jackfield::read_json(text);
    if (told.find("type")->string != "conversation.item.truncate") continue;
    cut.push_back(told.find("item_id")->string + " " +
                  std::to_string(static_cast<int>(told.find("audio_end_ms")->number)));
  }
  EXPECT_THAT(cut, ElementsAre("a1 300", "a2 100", "a3 0"));
}

TEST_F(RealtimeTurnsTest, ListenersWordsAreNoPartOfTheConversation) {
  resume_after = 800 * kMs;
  begin(TurnDetection::kServerVad);
  response("r1", "a1", 4000);
  play();
  played = now - 3000 * kMs;
  now = played;
  speak("u1");
  words("u1", "Mhm.");
  EXPECT_EQ(call.stats().backchannels, 1u);
  EXPECT_THAT(transcripts(), ElementsAre("1: Mhm.."));
  take(call.disconnected(now));
  texts.clear();
  ready();
  for (const std::string& text : texts) EXPECT_THAT(text, Not(HasSubstr("Mhm")));
}

TEST_F(RealtimeTurnsTest, WordsOfADismissedSoundDoNotDisturbWhoSpeaksAgain) {
  resume_after = 800 * kMs;
  begin(TurnDetection::kServerVad);
  response("r1", "a1", 4000);
  play();
  played = now - 3000 * kMs;
  now = played;
  speak("u1");
  now = call.next_deadline();
  take(call.check(now));  // no words: it goes on
  ASSERT_EQ(of(Notice::Kind::kResumed).size(), 1u);
  event({.kind = Kind::kSpeechStarted, .item_id = "u2", .ms = 0});
  const auto before = of(Notice::Kind::kInterrupted).size();
  sent.clear();
  words("u1", "Stop.");
  EXPECT_EQ(of(Notice::Kind::kInterrupted).size(), before);
  EXPECT_THAT(sent, IsEmpty()) << "what is said now answers for it";
}

}  // namespace
}  // namespace openai::realtime
