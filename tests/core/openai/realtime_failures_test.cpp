// Calls beside a service that fails, in virtual time.
#include "realtime_call_fixture.hpp"

namespace openai::realtime {
namespace {

class RealtimeFailuresTest : public RealtimeCallTest {
 protected:
  void ask() {
    event({.kind = Kind::kSpeechStarted, .item_id = "u1", .ms = 10});
    event({.kind = Kind::kSpeechStopped, .item_id = "u1", .ms = 20});
  }
  void fail(const char* id, const char* code) {
    event({.kind = Kind::kResponseCreated, .response_id = id});
    event({.kind = Kind::kResponseDone,
           .response_id = id,
           .text = "no",
           .status = "failed",
           .code = code});
  }
  std::string again() {
    take(call.disconnected(now));
    texts.clear();
    ready();
    return texts.back();
  }
};

TEST_F(RealtimeFailuresTest, WhatCannotPassEndsTheCall) {
  for (const char* code : {"insufficient_quota", "model_not_found", "invalid_api_key"}) {
    call = make();
    ready();
    event({.kind = Kind::kError, .text = "no", .code = code});
    ASSERT_TRUE(last.failure) << code;
    call = make();
    ready();
    fail("r1", code);
    ASSERT_TRUE(last.failure) << code;
    EXPECT_FALSE(last.failure->retryable);
  }
}

TEST_F(RealtimeFailuresTest, RefusedSettingsEndTheCallOthersDoNot) {
  take(call.connected(now));
  event({.kind = Kind::kError, .text = "no such voice", .code = "invalid_value"});
  ASSERT_TRUE(last.failure);
  EXPECT_EQ(last.failure->cause, "request");
  call = make();
  ready();
  event({.kind = Kind::kError, .text = "no such item", .code = "invalid_value"});
  EXPECT_FALSE(last.failure);
}

TEST_F(RealtimeFailuresTest, AFailedResponseIsAskedForAgain) {
  ready();
  ask();
  sent.clear();
  fail("r1", "server_error");
  EXPECT_FALSE(last.failure);
  EXPECT_TRUE(call.playout().empty());
  now = call.next_deadline();
  take(call.check(now));
  EXPECT_THAT(sent, ElementsAre("response.create"));
  fail("r2", "server_error");
  now = call.next_deadline();
  take(call.check(now));
  fail("r3", "server_error");
  EXPECT_TRUE(last.failure);
}

TEST_F(RealtimeFailuresTest, OfAReplyThatIsHeardNothingIsAskedAgain) {
  ready();
  ask();
  response("r1", "a1", 100, false);
  sent.clear();
  event({.kind = Kind::kResponseDone, .response_id = "r1", .text = "no", .status = "failed"});
  play();
  hear_all();
  EXPECT_FALSE(last.failure);
  EXPECT_THAT(sent, IsEmpty());
  EXPECT_EQ(call.state(), "listening");
}

TEST_F(RealtimeFailuresTest, ASilentServiceIsReplacedThenGivenUp) {
  ready();
  ask();
  now = call.next_deadline();
  take(call.check(now));
  EXPECT_TRUE(last.expired);
  again();
  EXPECT_EQ(sent.back(), "response.create");
  now = call.next_deadline();
  take(call.check(now));
  ASSERT_TRUE(last.failure);
  EXPECT_EQ(last.failure->cause, "timeout");
}

TEST_F(RealtimeFailuresTest, AnOutageHasAFillerAndAnEnd) {
  call.begin(now);
  call.connection_failed({.cause = "server", .text = "503", .retryable = true});
  now = call.next_deadline();
  take(call.check(now));
  EXPECT_TRUE(last.filler);
  call.say(std::vector<uint8_t>(160), "One moment.", false);
  play();
  hear_all();
  EXPECT_THAT(of(Notice::Kind::kReply), IsEmpty()) << "no part of the conversation";
  now = call.next_deadline();
  take(call.check(now));
  ASSERT_TRUE(last.failure);
  EXPECT_EQ(last.failure->cause, "server");
  EXPECT_THAT(last.failure->text, HasSubstr("503"));
  call.say(std::vector<uint8_t>(160), "Sorry.", true);
  play();
  hear_all();
  EXPECT_TRUE(of(Notice::Kind::kReply).at(0).hang_up);
}

TEST_F(RealtimeFailuresTest, ALostQuestionIsAskedForUnlessItWasWrittenDown) {
  ready();
  ask();
  EXPECT_THAT(again(), HasSubstr("repeat"));
  call = make();
  ready();
  ask();
  event({.kind = Kind::kTranscriptDone, .item_id = "u1", .text = "the price?"});
  EXPECT_EQ(again(), R"({"type":"response.create"})");
}

TEST_F(RealtimeFailuresTest, AGreetingThatWasLostIsAskedForAgain) {
  speak_first = true;
  call = make();
  ready();
  EXPECT_EQ(again(), R"({"type":"response.create"})");
  response("r1", "a1", 20);
  play();
  hear_all();
  again();
  EXPECT_NE(sent.back(), "response.create") << "only once";
}

TEST_F(RealtimeFailuresTest, ABrokenReplyIsHeardAsFarAsItCameAndGoesOn) {
  ready();
  ask();
  response("r1", "a1", 400, false);  // of 23 characters, which take longer
  EXPECT_THAT(again(), HasSubstr("broke off"));
  play();
  hear_all();
  const auto replies = of(Notice::Kind::kReply);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_LT(replies[0].text.size(), replies[0].full.size());
}

TEST_F(RealtimeFailuresTest, ItemsOfALostSessionAreNotTruncated) {
  ready();
  response("r1", "a1", 1000);
  play();
  again();
  sent.clear();
  played = now - 500 * kMs;
  event({.kind = Kind::kSpeechStarted, .item_id = "u1", .ms = 10});
  EXPECT_THAT(sent, Not(Contains("conversation.item.truncate")));
  EXPECT_EQ(of(Notice::Kind::kInterrupted).size(), 1u);
}

}  // namespace
}  // namespace openai::realtime
