// What happens to a reply when the caller makes a sound, in virtual time.
#include "realtime_call_fixture.hpp"

namespace openai::realtime {
namespace {

class RealtimeInterruptionTest : public RealtimeCallTest {
 protected:
  // A reply of 2 s of which 400 ms were heard when the caller begins.
  void into_a_reply(const char* model, bool done = true,
                    TurnDetection detection = TurnDetection::kServerVad) {
    resume_after = 800 * kMs;
    transcription = model;
    call = make(detection);
    ready();
    response("r1", "a1", 2000, done);
    const uint64_t start = now;
    while (now < start + 600 * kMs) {
      const auto piece = call.playout().next(160);
      ASSERT_TRUE(piece);
      const Playout::Piece sent_piece = *piece;
      call.playout().sent(160, now);
      take(call.piece_sent(sent_piece, now));
      now += 20 * kMs;
    }
    played = start + 400 * kMs;
    now = start + 410 * kMs;
    call.input_sent(8 * 1000, now);
    sent.clear();
    texts.clear();
    notices.clear();
    event({.kind = Kind::kSpeechStarted, .item_id = "u1", .ms = 650});
  }
  void stop_after(uint64_t ms) {
    now += ms * kMs;
    call.input_sent(8 * ms, now);
    event({.kind = Kind::kSpeechStopped, .item_id = "u1", .ms = 950 + ms});
  }
  std::string told() const {
    std::string all;
    for (const std::string& text : texts) all += text + "\n";
    return all;
  }
};

TEST_F(RealtimeInterruptionTest, TheLineFallsSilentAndTheReplyIsKept) {
  into_a_reply("whisper");
  EXPECT_EQ(call.state(), "interruption-pending");
  const auto pauses = of(Notice::Kind::kInterrupted);
  ASSERT_EQ(pauses.size(), 1u);
  EXPECT_FALSE(pauses[0].flag);
  EXPECT_EQ(pauses[0].start, played);
  EXPECT_THAT(sent, IsEmpty()) << "the service is told nothing yet";
  EXPECT_FALSE(call.playout().next(160));
  EXPECT_EQ(call.playout().queued_bytes(), 1600u * 8);
  EXPECT_FALSE(call.idle());
}

TEST_F(RealtimeInterruptionTest, WithoutWordsItGoesOnWhereItStopped) {
  into_a_reply("whisper");
  stop_after(300);
  now = call.next_deadline();
  take(call.check(now));
  EXPECT_EQ(call.state(), "speaking");
  EXPECT_EQ(of(Notice::Kind::kResumed).size(), 1u);
  EXPECT_THAT(told(), Not(HasSubstr("truncate")));
  // The service's own answer to the noise is refused, and forgotten.
  event({.kind = Kind::kResponseCreated, .response_id = "r2"});
  EXPECT_THAT(texts.back(), HasSubstr("response.cancel"));
  event({.kind = Kind::kAudioDelta, .response_id = "r2", .item_id = "a2", .audio = {1, 2}});
  event({.kind = Kind::kResponseDone, .response_id = "r2", .status = "cancelled"});
  EXPECT_THAT(texts.back(), HasSubstr(R"("item_id":"a2")"));
  // And so is the noise, once it is sure.
  event({.kind = Kind::kTranscriptDone, .item_id = "u1", .text = ""});
  EXPECT_THAT(texts.back(), HasSubstr(R"({"type":"conversation.item.delete","item_id":"u1"})"));
  play();
  hear_all();
  const auto replies = of(Notice::Kind::kReply);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_FALSE(replies[0].flag);
  EXPECT_EQ(replies[0].text, "one two three four five");
  EXPECT_EQ(call.stats().interruptions, 0u);
  EXPECT_EQ(call.stats().resumed, 1u);
  EXPECT_EQ(call.state(), "listening");
}

TEST_F(RealtimeInterruptionTest, WordsCutItAtWhatWasHeard) {
  into_a_reply("gpt-live-transcribe", false);
  now += 200 * kMs;
  event({.kind = Kind::kTranscriptDelta, .item_id = "u1", .text = "wait"});
  EXPECT_THAT(sent, ElementsAre("response.cancel", "conversation.item.truncate"));
  EXPECT_THAT(texts.back(), HasSubstr(R"("audio_end_ms":400)"));
  EXPECT_EQ(call.state(), "user-speaking");
  EXPECT_TRUE(of(Notice::Kind::kInterrupted).back().flag);
  EXPECT_TRUE(call.playout().empty());
  // The cancelled response is over before the caller is: the service begins the next by itself.
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "cancelled"});
  stop_after(500);
  EXPECT_THAT(sent, Not(Contains("response.create")));
  response("r2", "a2", 20);
  play();
  EXPECT_EQ(call.state(), "speaking");
  EXPECT_EQ(of(Notice::Kind::kTurn).size(), 1u);
}

TEST_F(RealtimeInterruptionTest, WhereTheServiceCouldNotAnswerItIsAsked) {
  into_a_reply("gpt-live-transcribe", false);
  stop_after(500);  // a response was under way, so the service begins none
  event({.kind = Kind::kTranscriptDone, .item_id = "u1", .text = "wait"});
  EXPECT_THAT(sent, ElementsAre("response.cancel", "conversation.item.truncate"));
  EXPECT_EQ(call.state(), "thinking");
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "cancelled"});
  EXPECT_EQ(sent.back(), "response.create");
}

TEST_F(RealtimeInterruptionTest, TheServicesEarlyAnswerIsHeldUntilItIsKnownWhatWasMeant) {
  into_a_reply("whisper");
  stop_after(500);
  response("r2", "a2", 100);
  EXPECT_FALSE(call.playout().next(160));
  event({.kind = Kind::kTranscriptDone, .item_id = "u1", .text = "Stop that."});
  EXPECT_THAT(sent, ElementsAre("conversation.item.truncate"));
  EXPECT_EQ(call.playout().queued_bytes(), 800u);
  play();
  hear_all();
  EXPECT_EQ(of(Notice::Kind::kReply).back().turn_id, 1u);
  EXPECT_FALSE(of(Notice::Kind::kReply).back().flag);
  EXPECT_EQ(of(Notice::Kind::kTurn).size(), 1u);
}

TEST_F(RealtimeInterruptionTest, AListenersWordsResumeAndAreForgotten) {
  into_a_reply("whisper");
  stop_after(300);
  response("r2", "a2", 100);
  event({.kind = Kind::kTranscriptDone, .item_id = "u1", .text = "Mhm."});
  EXPECT_TRUE(of(Notice::Kind::kResumed).at(0).flag);
  EXPECT_THAT(told(), HasSubstr(R"("item_id":"a2")"));
  EXPECT_THAT(told(), HasSubstr(R"("item_id":"u1")"));
  EXPECT_EQ(call.playout().queued_bytes(), 1600u * 8);
  EXPECT_EQ(call.stats().backchannels, 1u);
}

TEST_F(RealtimeInterruptionTest, WordsThatComeLateInterruptAgain) {
  into_a_reply("whisper");
  stop_after(300);
  now = call.next_deadline();
  take(call.check(now));
  event({.kind = Kind::kResponseCreated, .response_id = "r2"});  // refused
  event({.kind = Kind::kResponseDone, .response_id = "r2", .status = "cancelled"});
  now += 300 * kMs;
  played = now;
  event({.kind = Kind::kTranscriptDone, .item_id = "u1", .text = "Stop."});
  EXPECT_TRUE(of(Notice::Kind::kInterrupted).back().flag);
  EXPECT_EQ(sent.back(), "response.create");
  EXPECT_EQ(call.state(), "thinking");
}

TEST_F(RealtimeInterruptionTest, WithoutTranscriptionLongSpeechInterrupts) {
  into_a_reply("");
  now = call.next_deadline();
  take(call.check(now));
  EXPECT_EQ(sent.back(), "conversation.item.truncate");
  EXPECT_EQ(call.state(), "user-speaking");
}

TEST_F(RealtimeInterruptionTest, OwnTurnsArePausedToo) {
  resume_after = 800 * kMs;
  call = make(TurnDetection::kNone);
  ready();
  response("r1", "a1", 1000);
  play();
  sent.clear();
  played = now - 500 * kMs;
  take(call.turn_start(7, now - 50 * kMs, now));
  EXPECT_EQ(call.state(), "interruption-pending");
  now += 600 * kMs;
  take(call.turn_end(now - 500 * kMs, now, true, now));
  EXPECT_THAT(sent, ElementsAre("input_audio_buffer.commit"));
  EXPECT_EQ(call.state(), "speaking");
  event({.kind = Kind::kCommitted, .item_id = "u7"});
  EXPECT_EQ(sent.back(), "conversation.item.delete");
}

TEST_F(RealtimeInterruptionTest, SpeechWhileTheModelThinksHoldsTheAnswerBack) {
  resume_after = 800 * kMs;
  speak_first = true;
  call = make();
  ready();
  event({.kind = Kind::kSpeechStarted, .item_id = "u1", .ms = 10});
  response("r1", "a1", 100);  // the greeting
  EXPECT_FALSE(call.playout().next(160));
  now += 100 * kMs;
  event({.kind = Kind::kSpeechStopped, .item_id = "u1", .ms = 20});
  EXPECT_TRUE(call.playout().next(160)) << "it was no more than a cough";
}

TEST_F(RealtimeInterruptionTest, ALostSessionEndsThePause) {
  into_a_reply("whisper");
  take(call.disconnected(now));
  EXPECT_TRUE(call.playout().next(160));
  EXPECT_EQ(call.state(), "speaking");
}

}  // namespace
}  // namespace openai::realtime
