// What the caller types in a call over the Realtime API.
#include "realtime_call_fixture.hpp"

namespace openai::realtime {
namespace {

class RealtimeTyped : public RealtimeCallTest {
 protected:
  bool type(const std::string& text) {
    Outcome out;
    const bool taken = call.user_text(text, now, out);
    take(std::move(out));
    return taken;
  }
  void start_speech(const char* item = "said") {
    event({.kind = Kind::kSpeechStarted, .item_id = item});
  }
  void end_speech(const char* item = "said") {
    event({.kind = Kind::kSpeechStopped, .item_id = item});
  }
  void forget() {
    sent.clear();
    texts.clear();
    notices.clear();
  }
  std::ptrdiff_t place(const char* what) const {
    return std::find(sent.begin(), sent.end(), what) - sent.begin();
  }
};

constexpr char kItem[] = "conversation.item.create";
constexpr char kAsk[] = "response.create";
constexpr char kCancel[] = "response.cancel";
constexpr char kTruncate[] = "conversation.item.truncate";

TEST_F(RealtimeTyped, IsAnItemAndARequestForAnAnswer) {
  ready();
  forget();
  ASSERT_TRUE(type("what \"time\" is it"));
  EXPECT_THAT(sent, ElementsAre(kItem, kAsk));
  EXPECT_THAT(texts[0],
              HasSubstr(R"("role":"user","content":[{"type":"input_text","text":"what \"time)"));
  const auto said = of(Notice::Kind::kTranscript);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(said[0].typed);
  EXPECT_TRUE(said[0].flag);
  EXPECT_EQ(said[0].turn_id, 1u);
  EXPECT_EQ(call.state(), "thinking");
  now += 300 * kMs;
  response("r1", "i1", 500);
  play();
  const auto turns = of(Notice::Kind::kTurn);
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_TRUE(turns[0].typed);
  EXPECT_EQ(turns[0].hang_over, 0u);
  EXPECT_EQ(turns[0].thinking, 300 * kMs);
  hear_all();
  EXPECT_EQ(call.state(), "listening");
  // Speech that follows is a turn of its own.
  start_speech();
  end_speech();
  response("r2", "i2", 100);
  play();
  ASSERT_EQ(of(Notice::Kind::kTurn).size(), 2u);
  EXPECT_FALSE(of(Notice::Kind::kTurn)[1].typed);
  EXPECT_EQ(of(Notice::Kind::kTurn)[1].turn_id, 2u);
}

TEST_F(RealtimeTyped, CutsTheReplyThatSounds) {
  ready();
  type("hello");
  response("r1", "i1", 2000);
  const auto piece = call.playout().next(8000);
  ASSERT_TRUE(piece);
  call.playout().sent(piece->audio.size(), now);
  take(call.piece_sent({.turn_id = 1, .first = true}, now));
  now += 400 * kMs;
  played = now;
  forget();
  ASSERT_TRUE(type("stop"));
  // What the model remembers of its reply is cut before it is asked anew.
  EXPECT_THAT(sent, ElementsAre(kTruncate, kItem, kAsk));
  EXPECT_THAT(texts[0], HasSubstr("\"audio_end_ms\":400"));
  ASSERT_EQ(of(Notice::Kind::kInterrupted).size(), 1u);
  EXPECT_TRUE(of(Notice::Kind::kInterrupted)[0].flag);
  EXPECT_EQ(of(Notice::Kind::kInterrupted)[0].output, 0u);
  EXPECT_EQ(call.stats().interruptions, 1u);
}

TEST_F(RealtimeTyped, CancelsAReplyThatIsBeingMadeEvenIfSpeechDoesSoByItself) {
  for (const uint64_t resume : {uint64_t{0}, 800 * kMs}) {
    resume_after = resume;
    call = make();
    ready();
    type("hello");
    response("r1", "i1", 2000, false);
    forget();
    type("stop");
    EXPECT_EQ(sent.front(), kCancel);
    EXPECT_THAT(sent, Contains(kItem));
    EXPECT_THAT(sent, Not(Contains(kAsk)));  // one response at a time
    event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "cancelled"});
    EXPECT_EQ(sent.back(), kAsk);
    response("r2", "i2", 100);
    EXPECT_FALSE(call.playout().empty());
  }
}

TEST_F(RealtimeTyped, AnAnswerThatWasAskedForAndKnowsNothingOfItIsNotHeard) {
  ready();
  type("one");
  forget();
  type("two");
  EXPECT_THAT(sent, ElementsAre(kItem));
  response("r1", "i1", 500, false);
  EXPECT_THAT(sent, ElementsAre(kItem, kCancel));
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "cancelled"});
  EXPECT_TRUE(call.playout().empty());
  EXPECT_EQ(sent.back(), kAsk);
  response("r2", "i2", 500);
  EXPECT_FALSE(call.playout().empty());
}

TEST_F(RealtimeTyped, WhileTheServiceBeginsToAnswerSpeech) {
  ready();
  start_speech();
  end_speech();
  forget();
  type("in addition");
  EXPECT_THAT(sent, ElementsAre(kItem));
  response("r1", "i1", 500, false);
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "cancelled"});
  EXPECT_EQ(sent.back(), kAsk);
  EXPECT_TRUE(call.playout().empty());
}

TEST_F(RealtimeTyped, BelongsToTheSpeechDuringWhichItIsTyped) {
  ready();
  start_speech();
  forget();
  ASSERT_TRUE(type("555 1234"));
  EXPECT_THAT(sent, ElementsAre(kItem));  // the answer to the speech is one to this
  EXPECT_EQ(of(Notice::Kind::kTranscript)[0].turn_id, 1u);
  EXPECT_EQ(call.state(), "user-speaking");
  end_speech();
  response("r1", "i1", 500);
  EXPECT_FALSE(call.playout().empty());
}

TEST_F(RealtimeTyped, DecidesAnInterruptionThatIsPending) {
  resume_after = 800 * kMs;
  transcription = "whisper";
  call = make();
  ready();
  type("hello");
  response("r1", "i1", 2000);
  play();
  now -= 1500 * kMs;
  played = now;
  start_speech("noise");
  ASSERT_EQ(call.state(), "interruption-pending");
  forget();
  type("stop");
  EXPECT_EQ(call.state(), "user-speaking");
  EXPECT_LT(place(kTruncate), place(kItem));
  end_speech("noise");
  response("r2", "i2", 500);
  EXPECT_FALSE(call.playout().empty());
}

TEST_F(RealtimeTyped, AnEarlyAnswerToAPendingInterruptionIsDropped) {
  resume_after = 800 * kMs;
  transcription = "whisper";
  call = make();
  ready();
  type("hello");
  response("r1", "i1", 2000);
  play();
  now -= 1500 * kMs;
  played = now;
  start_speech("noise");
  end_speech("noise");
  ASSERT_EQ(call.state(), "interruption-pending");
  response("r2", "i2", 500, false);
  forget();
  type("stop");
  EXPECT_THAT(sent, Contains(kCancel));
  event({.kind = Kind::kResponseDone, .response_id = "r2", .status = "cancelled"});
  EXPECT_EQ(sent.back(), kAsk);
  EXPECT_TRUE(call.playout().empty());
  response("r3", "i3", 500);
  EXPECT_FALSE(call.playout().empty());
}

TEST_F(RealtimeTyped, TwoWhileTheLineIsBeingSilenced) {
  ready();
  type("hello");
  response("r1", "i1", 2000);
  play();
  forget();
  Outcome first, second;
  ASSERT_TRUE(call.user_text("one", now, first));
  ASSERT_TRUE(first.interrupt);
  ASSERT_TRUE(call.user_text("two", now, second));
  EXPECT_FALSE(second.interrupt);
  played = now;
  take(std::move(first));
  EXPECT_EQ(std::count(sent.begin(), sent.end(), kItem), 2);
  EXPECT_EQ(std::count(sent.begin(), sent.end(), kAsk), 1);
}

TEST_F(RealtimeTyped, IsRefusedWithoutASessionAndBounded) {
  EXPECT_FALSE(type("hello"));
  ready();
  EXPECT_FALSE(type(std::string(70'000, 'x')));
  EXPECT_TRUE(type("hello"));
  take(call.disconnected(now));
  EXPECT_FALSE(type("still there?"));
  // The new session is told, and asked.
  forget();
  ready();
  EXPECT_THAT(sent, Contains(kItem));
  EXPECT_EQ(sent.back(), kAsk);
}

}  // namespace
}  // namespace openai::realtime
