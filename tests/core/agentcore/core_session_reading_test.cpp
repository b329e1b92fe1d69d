#include "core_fixture.hpp"

namespace agentcore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(CoreSessionTest, NonsenseIsCountedAndBounded) {
  connect();
  ask(1, "Hello?");
  session_.received("\xFF\xFF\xFF", now_);
  // A text that is no UTF-8: field 2 (text), of it field 2 (delta).
  session_.received(std::string("\x12\x06\x08\x01\x12\x02\xC3\x28", 8), now_);
  ready();
  text(7, "of a turn that never was");
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_EQ(session_.stats().malformed, 4u);
  text(1, "Fine.");
  EXPECT_THAT(events(), ElementsAre("text:Fine."));
  for (int i = 0; i < 17; ++i) session_.received("\xFF", now_);
  EXPECT_THAT(actions(), ElementsAre("cut"));
  close(1);
  EXPECT_THAT(events(), ElementsAre("failed:protocol"));
  // In a new stream all begins anew.
  pass(kSecond);
  EXPECT_THAT(actions(), ElementsAre("open"));
  ready();
  session_.received("\xFF", now_);
  EXPECT_TRUE(session_.connected());
}

TEST_F(CoreSessionTest, NothingIsTakenBeforeReady) {
  begin();
  actions();
  ask(1, "Hello?");
  text(1, "too early");
  EXPECT_FALSE(session_.connected());
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_EQ(session_.stats().malformed, 1u);
}

TEST_F(CoreSessionTest, AFloodIsCut) {
  connect();
  ask(1, "Hello?");
  reply_end(1);
  for (int i = 0; i < 2000 && session_.connected(); ++i) text(1, "more");
  EXPECT_THAT(actions(), ElementsAre("cut"));
  EXPECT_THAT(events(), ElementsAre("end"));
  EXPECT_EQ(session_.stats().late, 1001u);
}

TEST_F(CoreSessionTest, ATrickleOfTheUnwantedIsNone) {
  connect();
  for (int i = 0; i < 3000; ++i) {
    v1::FromCore ping;
    ping.mutable_ping()->set_number(9);
    receive(ping);
    sent();
    pass(11 * kMillisecond);
  }
  EXPECT_TRUE(session_.connected());
}

TEST_F(CoreSessionTest, AReplyWithoutEndIsCut) {
  connect();
  ask(1, "Hello?");
  sent();
  const std::string line(1000, 'x');
  for (int i = 0; i < 40; ++i) text(1, line);
  const auto all = events();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].size(), CoreSession::kMostReply + std::string("text:").size());
  EXPECT_EQ(all[1], "end");
  EXPECT_THAT(sent_names(), ElementsAre("cancel"));
  EXPECT_TRUE(session_.connected());
}

TEST_F(CoreSessionTest, ToolsAreCalledAndTheirResultsWaitedFor) {
  connect();
  session_.offer({tool("weather"), tool("time")}, now_);
  ask(1, "Weather?");
  sent();
  text(1, "One moment. ");
  call(1, "a", "weather", R"({"city":"Bonn"})");
  call(1, "b", "time", "");
  const auto first = session_.next_event();
  ASSERT_TRUE(first);
  const auto weather = session_.next_event();
  const auto clock = session_.next_event();
  ASSERT_TRUE(weather && clock);
  EXPECT_EQ(weather->call.arguments, R"({"city":"Bonn"})");
  EXPECT_EQ(clock->call.arguments, "{}");
  // The reply's end waits for them, and they may take their time.
  reply_end(1);
  for (int i = 0; i < 60; ++i) {
    pass(kSecond);
    v1::FromCore pong;
    pong.mutable_pong()->set_number(1);
    receive(pong);
  }
  EXPECT_THAT(events(), IsEmpty());
  sent();
  EXPECT_FALSE(session_.answer_tool("nobody", "x", now_));
  EXPECT_TRUE(session_.answer_tool(weather->call.id, "sunny \xFF", now_));
  EXPECT_FALSE(session_.answer_tool(weather->call.id, "again", now_));
  const auto results = sent();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].tool_result().call_id(), "a");
  EXPECT_EQ(results[0].tool_result().output(), "sunny \xEF\xBF\xBD");
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_TRUE(session_.answer_tool(clock->call.id, "five", now_));
  EXPECT_THAT(events(), ElementsAre("end"));
  EXPECT_THAT(session_.conversation().to_json(), HasSubstr(R"("output":"five")"));
}

TEST_F(CoreSessionTest, AfterResultsTheFirstTextHasItsTime) {
  connect();
  session_.offer({tool("weather")}, now_);
  ask(1, "Weather?");
  call(1, "a", "weather");
  const auto asked = session_.next_event();
  session_.answer_tool(asked->call.id, "sunny", now_);
  EXPECT_EQ(session_.stats().tool_calls, 1u);
  limits_.first_text = 15 * kSecond;
  EXPECT_LE(session_.deadline(), now_ + 15 * kSecond);
  text(1, "Sunny.");
  reply_end(1);
  EXPECT_THAT(events(), ElementsAre("text:Sunny.", "end"));
}

TEST_F(CoreSessionTest, AToolThatWasNotOfferedIsNobodys) {
  connect();
  ask(1, "Weather?");
  sent();
  call(1, "a", "delete_everything");
  EXPECT_THAT(events(), IsEmpty());
  const auto results = sent();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_THAT(results[0].tool_result().output(), StartsWith("error: there is no tool"));
}

TEST_F(CoreSessionTest, AToolThatNobodyAnswersIsGivenUpOnce) {
  connect();
  session_.offer({tool("weather")}, now_);
  ask(1, "Weather?");
  sent();
  call(1, "a", "weather");
  for (Time passed = 0; passed < 700 * kSecond; passed += kSecond) {
    pass(kSecond);
    v1::FromCore pong;
    pong.mutable_pong()->set_number(1);
    receive(pong);
  }
  int results = 0;
  for (const v1::ToCore& message : sent()) {
    if (!message.has_tool_result()) continue;
    ++results;
    EXPECT_THAT(message.tool_result().output(), StartsWith("error:"));
  }
  EXPECT_EQ(results, 1);
}

TEST_F(CoreSessionTest, CallsThatCannotBeMadeAreNonsense) {
  connect();
  session_.offer({tool("weather")}, now_);
  ask(1, "Weather?");
  call(1, "", "weather");
  call(1, "a", "");
  call(1, "b", "weather", std::string(65 * 1024, 'x'));
  EXPECT_EQ(session_.stats().malformed, 3u);
  call(1, "c", "weather");
  call(1, "c", "weather");
  EXPECT_EQ(session_.stats().malformed, 4u) << "twice the same name";
  for (int i = 1; i < 40; ++i) call(1, std::to_string(i), "weather");
  EXPECT_EQ(session_.stats().tool_calls, CoreSession::kMostToolCalls);
  // Of a turn that is over none is made.
  session_.cancel(now_);
  call(1, "z", "weather");
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(CoreSessionTest, ACoreThatCannotAnswerSaysSo) {
  connect();
  ask(1, "Hello?");
  v1::FromCore message;
  message.mutable_error()->set_request_id(1);
  message.mutable_error()->set_text("no model");
  receive(message);
  const auto event = session_.next_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->failure.cause, "server");
  EXPECT_EQ(event->failure.text, "no model");
  EXPECT_FALSE(event->failure.retryable);
  message.mutable_error()->set_request_id(0);
  receive(message);
  EXPECT_THAT(events(), IsEmpty());
  const auto told = notices();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].kind, Notice::Kind::kError);
}

TEST_F(CoreSessionTest, UsageAndWhatTheCoreTells) {
  connect();
  ask(4, "Hello?");
  reply_end(1);
  v1::FromCore usage;
  usage.mutable_usage()->set_request_id(1);
  usage.mutable_usage()->set_model("m");
  usage.mutable_usage()->set_input_tokens(7);
  receive(usage);
  v1::FromCore tell;
  tell.mutable_tell()->set_text("It is done.");
  tell.mutable_tell()->set_speak(true);
  receive(tell);
  const auto told = notices();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].turn_id, 4u);
  EXPECT_EQ(told[0].usage.input_tokens(), 7u);
  EXPECT_EQ(told[1].text, "It is done.");
  EXPECT_TRUE(told[1].speak);
  EXPECT_EQ(session_.stats().input_tokens, 7u);
  usage.mutable_usage()->set_request_id(99);
  receive(usage);
  EXPECT_EQ(session_.stats().malformed, 1u);
  // Nobody reads them: they do not pile up, and in the end the core is cut.
  for (int i = 0; i < 2000 && session_.connected(); ++i) receive(tell);
  EXPECT_FALSE(session_.connected());
  EXPECT_LE(notices().size(), CoreSession::kMostNotices);
}

TEST_F(CoreSessionTest, PingsAreAnswered) {
  connect();
  v1::FromCore ping;
  ping.mutable_ping()->set_number(42);
  receive(ping);
  const auto answers = sent();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].pong().number(), 42u);
}

TEST_F(CoreSessionTest, WhatALaterVersionSendsIsLeftOut) {
  connect();
  session_.received(std::string("\xFA\x06\x00", 3), now_);  // field 111
  EXPECT_EQ(session_.stats().malformed, 0u);
  EXPECT_EQ(session_.stats().unwanted, 1u);
}

}  // namespace
}  // namespace agentcore
