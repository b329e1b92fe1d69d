// Conversations in virtual time.
#include "realtime_call_fixture.hpp"

namespace openai::realtime {
namespace {

TEST_F(RealtimeCallTest, GreetsWhenTheSessionStands) {
  speak_first = true;
  call = make();
  take(call.connected(now));
  EXPECT_THAT(sent, ElementsAre("session.update"));
  EXPECT_FALSE(call.ready());
  event({.kind = Kind::kSessionUpdated});
  EXPECT_TRUE(call.ready());
  EXPECT_THAT(sent, ElementsAre("session.update", "response.create"));
  event({.kind = Kind::kSessionUpdated});
  EXPECT_EQ(sent.size(), 2u);
}

TEST_F(RealtimeCallTest, GreetsWhenItIsTold) {
  const auto greet = [&] {
    Outcome out;
    const bool taken = call.greet(out);
    take(std::move(out));
    return taken;
  };
  ready();
  EXPECT_THAT(sent, Not(Contains("response.create")));
  EXPECT_TRUE(greet());
  EXPECT_THAT(sent, Contains("response.create"));
  EXPECT_FALSE(greet()) << "once";
  response("r1", "a1", 100);
  play();
  hear_all();
  ASSERT_EQ(of(Notice::Kind::kReply).size(), 1u);
  EXPECT_EQ(of(Notice::Kind::kReply)[0].turn_id, 0u);
  EXPECT_FALSE(greet());
}

TEST_F(RealtimeCallTest, ToldToGreetBeforeTheSessionStandsItDoesThen) {
  Outcome out;
  EXPECT_TRUE(call.greet(out));
  EXPECT_THAT(out.send, IsEmpty());
  ready();
  EXPECT_THAT(sent, Contains("response.create"));
  take(call.disconnected(now));
  sent.clear();
  ready();
  EXPECT_THAT(sent, Contains("response.create")) << "it was lost with its session";
  EXPECT_FALSE(call.greet(out));
}

TEST_F(RealtimeCallTest, WhereSomebodyHasSpokenItDoesNotGreet) {
  ready();
  event({.kind = Kind::kSpeechStarted, .item_id = "u1"});
  Outcome out;
  EXPECT_FALSE(call.greet(out));
  speak_first = true;
  call = make();
  EXPECT_FALSE(call.greet(out)) << "it does so by itself";
}

TEST_F(RealtimeCallTest, ATurnIsReportedWithItsLatency) {
  ready();
  call.input_sent(8 * 2000, now);  // 2 s, up to now
  event({.kind = Kind::kSpeechStarted, .item_id = "u1", .ms = 500});
  event({.kind = Kind::kSpeechStopped, .item_id = "u1", .ms = 1500});
  now += 300 * kMs;
  response("r1", "a1", 40);
  now += 5 * kMs;
  play();
  event({.kind = Kind::kTranscriptDone, .item_id = "u1", .text = "hello"});  // behind the response
  hear_all();
  const auto turns = of(Notice::Kind::kTurn);
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(turns[0].turn_id, 1u);
  EXPECT_EQ(turns[0].hang_over, 500 * kMs);
  EXPECT_EQ(turns[0].thinking, 300 * kMs);
  EXPECT_EQ(turns[0].output, 5 * kMs);
  const auto words = of(Notice::Kind::kTranscript);
  ASSERT_EQ(words.size(), 1u);
  EXPECT_EQ(words[0].turn_id, 1u);
  const auto replies = of(Notice::Kind::kReply);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].text, "one two three four five");
  EXPECT_TRUE(call.idle());
  EXPECT_EQ(call.state(), "listening");
}

TEST_F(RealtimeCallTest, AnInterruptionTruncatesAtWhatWasHeardAndDropsTheRest) {
  ready();
  response("r1", "a1", 1000, false);
  const uint64_t start = now;
  play();
  played = start + 400 * kMs;
  now = start + 420 * kMs;
  event({.kind = Kind::kSpeechStarted, .item_id = "u1", .ms = 100});
  EXPECT_THAT(texts.back(), HasSubstr(R"("audio_end_ms":400)"));
  EXPECT_THAT(sent, testing::Not(Contains("response.cancel")));  // the service does it itself
  event({.kind = Kind::kAudioDelta,
         .response_id = "r1",
         .item_id = "a1",
         .audio = std::vector<uint8_t>(800)});
  EXPECT_EQ(call.stats().deltas_dropped, 1u);
  EXPECT_TRUE(call.playout().empty());
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "cancelled"});
  const auto replies = of(Notice::Kind::kReply);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_TRUE(replies[0].flag);
  EXPECT_THAT(replies[0].text, testing::StartsWith("one"));
  EXPECT_LT(replies[0].text.size(), replies[0].full.size());
  EXPECT_THAT(of(Notice::Kind::kError), IsEmpty());
}

TEST_F(RealtimeCallTest, OwnTurnsAreCommittedAndCancelWhatRuns) {
  call = make(TurnDetection::kNone);
  ready();
  response("r1", "a1", 1000, false);
  sent.clear();
  take(call.turn_start(7, now, now));
  EXPECT_THAT(sent, ElementsAre("response.cancel", "conversation.item.truncate"));
  sent.clear();
  take(call.turn_end(now, now, true, now));
  EXPECT_THAT(sent, ElementsAre("input_audio_buffer.commit"));  // one response at a time
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "cancelled"});
  EXPECT_THAT(sent, ElementsAre("input_audio_buffer.commit", "response.create"));
  sent.clear();
  take(call.turn_start(8, now, now));
  take(call.turn_end(now, now, false, now));  // too short to be committed
  EXPECT_THAT(sent, ElementsAre("input_audio_buffer.clear"));
}

TEST_F(RealtimeCallTest, ToolsAreAnsweredAndTheModelGoesOn) {
  ready();
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});
  call_tool("r1", "c1", "f");
  call_tool("r1", "c2", "g");
  EXPECT_EQ(of(Notice::Kind::kToolCall).size(), 2u);
  sent.clear();
  Outcome out;
  EXPECT_FALSE(call.tool_result("c3", "", out));
  EXPECT_TRUE(call.tool_result("c1", "1", out));
  take(out);
  EXPECT_THAT(sent, ElementsAre("conversation.item.create"));
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "completed"});
  EXPECT_EQ(sent.size(), 1u);  // one tool has not answered
  now = call.next_deadline();
  take(call.check(now));
  EXPECT_THAT(
      sent, ElementsAre("conversation.item.create", "conversation.item.create", "response.create"));
  EXPECT_GT(call.next_deadline(), now);  // of the response
  EXPECT_EQ(of(Notice::Kind::kError).size(), 1u);
}

TEST_F(RealtimeCallTest, TheHangUpToolEndsTheCallBehindTheReply) {
  ready();
  response("r1", "a1", 20, false);
  call_tool("r1", "c", "hang_up");
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "completed"});
  play();
  hear_all();
  EXPECT_TRUE(of(Notice::Kind::kReply).at(0).hang_up);
  EXPECT_EQ(sent.back(), "conversation.item.create");
}

TEST_F(RealtimeCallTest, ANewSessionIsToldTheConversation) {
  ready();
  response("r0", "a0", 20);
  play();
  hear_all();
  event({.kind = Kind::kSpeechStarted, .item_id = "u1", .ms = 10});
  event({.kind = Kind::kSpeechStopped, .item_id = "u1", .ms = 20});
  response("r1", "a1", 20);
  play();
  hear_all();
  event({.kind = Kind::kTranscriptDone, .item_id = "u1", .text = "and the price?"});
  take(call.disconnected(now));
  EXPECT_FALSE(call.ready());
  sent.clear();
  texts.clear();
  ready();
  EXPECT_THAT(sent, ElementsAre("session.update", "conversation.item.create",
                                "conversation.item.create", "conversation.item.create"));
  EXPECT_THAT(texts[2], HasSubstr("and the price?"));  // before the answer to it
  EXPECT_THAT(texts[3], HasSubstr("assistant"));
}

TEST_F(RealtimeCallTest, ErrorsAreReportedAndTheCallGoesOn) {
  ready();
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});
  event({.kind = Kind::kResponseDone, .response_id = "r1", .text = "quota", .status = "failed"});
  EXPECT_EQ(of(Notice::Kind::kError).size(), 1u);
  event({.kind = Kind::kError, .text = "none active", .code = "response_cancel_not_active"});
  EXPECT_EQ(of(Notice::Kind::kError).size(), 1u);
  event({.kind = Kind::kError, .text = "bad", .code = "invalid_value"});
  EXPECT_EQ(of(Notice::Kind::kError).size(), 2u);
  event({.kind = Kind::kError, .text = "over", .code = "session_expired"});
  EXPECT_TRUE(last.expired);
}

TEST_F(RealtimeCallTest, SpeechWhileTheAnswerIsThoughtAboutCancelsIt) {
  speak_first = true;
  call = make();
  ready();
  event({.kind = Kind::kSpeechStarted, .item_id = "u1", .ms = 10});
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});  // the greeting, late
  event({.kind = Kind::kAudioDelta,
         .response_id = "r1",
         .item_id = "a",
         .audio = std::vector<uint8_t>(8)});
  EXPECT_TRUE(call.playout().empty());
  EXPECT_EQ(call.stats().deltas_dropped, 1u);
  EXPECT_EQ(sent.back(), "response.cancel");
}

}  // namespace
}  // namespace openai::realtime
