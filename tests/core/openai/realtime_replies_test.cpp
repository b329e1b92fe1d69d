// Responses: one at a time, whose they are, and what is told of them, in virtual time.
#include "realtime_call_fixture.hpp"

namespace openai::realtime {
namespace {

class RealtimeRepliesTest : public RealtimeCallTest {
 protected:
  void begin(TurnDetection detection = TurnDetection::kServerVad) {
    call = make(detection);
    ready();
    sent.clear();
    texts.clear();
    notices.clear();
  }
  void ask(const char* item) {
    event({.kind = Kind::kSpeechStarted, .item_id = item, .ms = 0});
    event({.kind = Kind::kSpeechStopped, .item_id = item, .ms = 0});
  }
  void done(const char* id, const char* status) {
    event({.kind = Kind::kResponseDone, .response_id = id, .status = status});
  }
};

TEST_F(RealtimeRepliesTest, WhereOneRunsAlreadyTheNextWaitsForIt) {
  begin(TurnDetection::kNone);
  take(call.turn_start(1, now, now));
  take(call.turn_end(now, now, true, now));
  EXPECT_EQ(sent.back(), "response.create");
  // The service knows of one that we do not.
  event({.kind = Kind::kError, .code = "conversation_already_has_active_response"});
  EXPECT_THAT(of(Notice::Kind::kError), IsEmpty());
  sent.clear();
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});
  done("r1", "completed");
  EXPECT_THAT(sent, ElementsAre("response.create"));
}

TEST_F(RealtimeRepliesTest, TheAnswerToWhatIsOutdatedIsRefusedAndForgotten) {
  begin(TurnDetection::kNone);
  take(call.turn_start(1, now, now));
  take(call.turn_end(now, now, true, now));
  take(call.turn_start(2, now, now));
  sent.clear();
  response("r1", "a1", 100);  // to the first turn
  EXPECT_THAT(sent, ElementsAre("response.cancel", "conversation.item.delete"));
  EXPECT_THAT(texts.back(), HasSubstr(R"("item_id":"a1")"));
  EXPECT_TRUE(call.playout().empty());
  EXPECT_EQ(call.stats().deltas_dropped, 1u);
  take(call.turn_end(now, now, true, now));
  EXPECT_EQ(sent.back(), "response.create");
  response("r2", "a2", 100);
  play();
  hear_all();
  EXPECT_EQ(of(Notice::Kind::kReply).at(0).turn_id, 2u);
  EXPECT_EQ(call.state(), "listening");
}

TEST_F(RealtimeRepliesTest, OneThatNobodyKnowsChangesNothing) {
  begin();
  ask("u1");
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});
  done("other", "completed");
  event({.kind = Kind::kAudioDelta, .response_id = "other", .item_id = "a", .audio = {1, 2}});
  EXPECT_EQ(call.stats().deltas_dropped, 1u);
  EXPECT_EQ(call.state(), "thinking");
  EXPECT_FALSE(call.idle());
  done("r1", "completed");
  EXPECT_FALSE(call.idle()) << "its end was not played";
  play();
  hear_all();
  EXPECT_TRUE(call.idle());
  EXPECT_THAT(of(Notice::Kind::kReply), IsEmpty()) << "nothing was said";
}

TEST_F(RealtimeRepliesTest, TheTimesOfATurnAreToldOnce) {
  begin();
  response("r0", "a0", 40);
  play();
  EXPECT_THAT(of(Notice::Kind::kTurn), IsEmpty()) << "nobody asked for the greeting";
  hear_all();
  ask("u1");
  now += 200 * kMs;
  response("r1", "a1", 400);
  play();
  ASSERT_EQ(of(Notice::Kind::kTurn).size(), 1u);
  EXPECT_EQ(of(Notice::Kind::kTurn)[0].thinking, 200 * kMs);
  EXPECT_EQ(call.stats().last_total,
            call.stats().last_hang_over + call.stats().last_thinking + call.stats().last_output);
  hear_all();
  response("r2", "a2", 40);  // the service goes on
  play();
  EXPECT_EQ(of(Notice::Kind::kTurn).size(), 1u);
}

TEST_F(RealtimeRepliesTest, WhatIsPaidForIsToldOfRefusedOnesToo) {
  begin();
  ask("u1");
  event({.kind = Kind::kSpeechStarted, .item_id = "u2", .ms = 0});
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});
  Usage usage;
  usage.input_tokens = 5;
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "cancelled", .usage = usage});
  ASSERT_EQ(of(Notice::Kind::kUsage).size(), 1u);
  EXPECT_EQ(of(Notice::Kind::kUsage)[0].usage.input_tokens, 5u);
}

TEST_F(RealtimeRepliesTest, AnIncompleteOneIsHeardAndReported) {
  begin();
  ask("u1");
  response("r1", "a1", 100, false);
  event({.kind = Kind::kResponseDone,
         .response_id = "r1",
         .text = "max_output_tokens",
         .status = "incomplete"});
  EXPECT_THAT(of(Notice::Kind::kError).at(0).text, HasSubstr("max_output_tokens"));
  play();
  hear_all();
  EXPECT_EQ(of(Notice::Kind::kReply).size(), 1u);
  EXPECT_EQ(call.state(), "listening");
}

TEST_F(RealtimeRepliesTest, WhatIsSaidBesideTheServiceGoesBehindAndIsNotRemembered) {
  begin();
  ask("u1");
  response("r1", "a1", 100);
  call.say(std::vector<uint8_t>(160), "One moment.", false);
  EXPECT_EQ(call.playout().queued_bytes(), 100u * 8 + 160u);
  play();
  hear_all();
  ASSERT_EQ(of(Notice::Kind::kReply).size(), 1u);
  EXPECT_EQ(of(Notice::Kind::kReply)[0].text, "one two three four five");
  EXPECT_EQ(call.stats().replies, 1u);
  take(call.disconnected(now));
  texts.clear();
  ready();
  for (const std::string& text : texts) EXPECT_THAT(text, Not(HasSubstr("One moment")));
}

TEST_F(RealtimeRepliesTest, ARetryIsNotMadeWhileTheCallerSpeaks) {
  begin();
  ask("u1");
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});
  event({.kind = Kind::kResponseDone,
         .response_id = "r1",
         .text = "no",
         .status = "failed",
         .code = "server_error"});
  EXPECT_TRUE(of(Notice::Kind::kError).back().error.retryable);
  const uint64_t retry = call.next_deadline();
  event({.kind = Kind::kSpeechStarted, .item_id = "u2", .ms = 0});
  sent.clear();
  take(call.check(retry));
  EXPECT_THAT(sent, Not(Contains("response.create")));
}

TEST_F(RealtimeRepliesTest, BetweenTwoRepliesItThinksWhileAToolRuns) {
  begin();
  ask("u1");
  response("r1", "a1", 40, false);
  call_tool("r1", "c1", "f");
  done("r1", "completed");
  EXPECT_EQ(call.state(), "thinking");
  play();
  EXPECT_EQ(call.state(), "speaking");
  hear_all();
  EXPECT_EQ(call.state(), "thinking");
  Outcome out;
  EXPECT_TRUE(call.tool_result("c1", "1", out));
  take(out);
  EXPECT_EQ(sent.back(), "response.create");
  EXPECT_FALSE(call.idle());
  response("r2", "a2", 40);
  play();
  hear_all();
  EXPECT_EQ(call.state(), "listening");
  EXPECT_TRUE(call.idle());
}

TEST_F(RealtimeRepliesTest, ACallThatEndsWithoutAWordEnds) {
  begin();
  ask("u1");
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});
  call_tool("r1", "c", "hang_up");
  done("r1", "completed");
  const auto end = call.playout().next(160);
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->audio.empty());
  EXPECT_TRUE(end->hang_up);
  EXPECT_THAT(sent, Not(Contains("response.create")));
}

}  // namespace
}  // namespace openai::realtime
