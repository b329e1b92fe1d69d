// The functions that the model calls, in virtual time.
#include "realtime_call_fixture.hpp"

namespace openai::realtime {
namespace {

using testing::EndsWith;
using testing::SizeIs;
using testing::StartsWith;

class RealtimeToolsTest : public RealtimeCallTest {
 protected:
  const jackfield::Tool weather{
      .name = "weather", .description = "d", .parameters = R"({"type":"object"})"};

  // The model has called f, and waits.
  void wait_for_tool() {
    ready();
    event({.kind = Kind::kResponseCreated, .response_id = "r1"});
    call_tool("r1", "c1", "f", R"({"of":"tea"})");
    event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "completed"});
    forget();
  }
  void forget() {
    sent.clear();
    texts.clear();
    notices.clear();
  }
  void answer(const char* id, const char* output, bool waited = true) {
    Outcome out;
    EXPECT_EQ(call.tool_result(id, output, out), waited) << id;
    take(std::move(out));
  }
  void start_speaking() {
    call.input_sent(8000, now);
    event({.kind = Kind::kSpeechStarted, .item_id = "u1", .ms = 900});
  }
  void stop_speaking(uint64_t ms = 900) {
    now += ms * kMs;
    call.input_sent(8 * ms, now);
    event({.kind = Kind::kSpeechStopped, .item_id = "u1", .ms = 1000 + ms - 500});
    event({.kind = Kind::kCommitted, .item_id = "u1"});
  }
  void with_resuming(const char* model = "") {
    resume_after = 800 * kMs;
    transcription = model;
    call = make();
  }
  void aside(const char* id) {
    event({.kind = Kind::kResponseCreated, .response_id = id, .aside = "aside_1"});
    event({.kind = Kind::kAudioDelta,
           .response_id = id,
           .item_id = "aside item",
           .audio = std::vector<uint8_t>(800)});
  }
};

TEST_F(RealtimeToolsTest, WhatIsOfferedIsToldWhenItChanges) {
  take(call.offer({weather}));  // before there is a session
  EXPECT_THAT(sent, IsEmpty());
  take(call.connected(now));
  EXPECT_THAT(texts.back(), HasSubstr(R"("name":"f")"));
  EXPECT_THAT(texts.back(), HasSubstr(R"("name":"weather")"));
  take(call.offer({}));  // the session does not stand yet
  EXPECT_THAT(sent, ElementsAre("session.update"));
  event({.kind = Kind::kSessionUpdated});
  ASSERT_THAT(sent, ElementsAre("session.update", "session.update"));
  EXPECT_THAT(texts.back(), Not(HasSubstr("weather")));
  take(call.offer({}));
  EXPECT_THAT(sent, SizeIs(2));
  // Of two with one name the settings' counts.
  take(call.offer({weather, {.name = "f", .description = "other", .parameters = "{}"}}));
  ASSERT_THAT(sent, SizeIs(3));
  const auto update = jackfield::read_json(texts.back());
  const auto* tools = update.find("session")->find("tools");
  ASSERT_THAT(tools->items, SizeIs(3));
  EXPECT_FALSE(tools->items[0].find("description"));
  event({.kind = Kind::kSessionUpdated});
  EXPECT_THAT(sent, SizeIs(3));
}

TEST_F(RealtimeToolsTest, TheyAreOfferedToTheNextSessionToo) {
  ready();
  take(call.offer({weather}));
  take(call.disconnected(now));
  forget();
  take(call.connected(now));
  EXPECT_THAT(texts.at(0), HasSubstr("weather"));
}

TEST_F(RealtimeToolsTest, AFunctionThatNobodyOfferedIsRefusedAndTheModelGoesOn) {
  ready();
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});
  call_tool("r1", "c1", "format_disk");
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "completed"});
  EXPECT_THAT(of(Notice::Kind::kToolCall), IsEmpty());
  EXPECT_THAT(outputs(), ElementsAre("c1: error: there is no tool of that name"));
  EXPECT_EQ(sent.back(), "response.create");
}

TEST_F(RealtimeToolsTest, OneThatIsOfferedIsWaitedForLongerThanTheSettingsOwn) {
  ready();
  take(call.offer({weather}));
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});
  call_tool("r1", "c1", "weather");
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "completed"});
  forget();
  now += 600'000 * kMs;
  take(call.check(now));
  EXPECT_THAT(sent, IsEmpty());
  answer("c1", "sunny");
  EXPECT_THAT(outputs(), ElementsAre("c1: sunny"));
  EXPECT_EQ(sent.back(), "response.create");
}

TEST_F(RealtimeToolsTest, AfterSoManyRoundsTheModelHasToAnswer) {
  ready();
  for (const char* id : {"1", "2"}) {
    const std::string response = std::string("r") + id;
    event({.kind = Kind::kResponseCreated, .response_id = response});
    call_tool(response.c_str(), id, "f");
    event({.kind = Kind::kResponseDone, .response_id = response, .status = "completed"});
    answer(id, "again");
  }
  EXPECT_THAT(texts.back(), HasSubstr(R"("tool_choice":"none")"));
  forget();
  event({.kind = Kind::kResponseCreated, .response_id = "r3"});
  call_tool("r3", "3", "f");
  event({.kind = Kind::kResponseDone, .response_id = "r3", .status = "completed"});
  EXPECT_THAT(of(Notice::Kind::kToolCall), IsEmpty());
  EXPECT_THAT(of(Notice::Kind::kError), SizeIs(1));
  EXPECT_THAT(outputs(), ElementsAre(StartsWith("3: error: enough")));
  EXPECT_THAT(sent, Not(Contains("response.create")));
}

TEST_F(RealtimeToolsTest, ACallerWhoSpeaksGivesUpTheTools) {
  wait_for_tool();
  start_speaking();
  EXPECT_THAT(outputs(), ElementsAre(StartsWith("c1: error: the caller interrupted")));
  ASSERT_THAT(of(Notice::Kind::kToolCancelled), SizeIs(1));
  EXPECT_EQ(of(Notice::Kind::kToolCancelled)[0].full, "c1");
  answer("c1", "late", false);
  stop_speaking();
  // The service answers by itself, and once.
  response("r2", "a2", 100);
  EXPECT_THAT(sent, Not(Contains("response.create")));
}

TEST_F(RealtimeToolsTest, ASoundWithoutWordsDoesNot) {
  with_resuming("gpt-live-transcribe");
  wait_for_tool();
  start_speaking();
  EXPECT_EQ(call.state(), "interruption-pending");
  stop_speaking(300);
  // The service takes it for a turn.
  event({.kind = Kind::kResponseCreated, .response_id = "r2"});
  answer("c1", "done");
  EXPECT_THAT(outputs(), ElementsAre("c1: done"));
  event({.kind = Kind::kTranscriptDone, .item_id = "u1", .text = ""});
  now = call.next_deadline();
  take(call.check(now));
  EXPECT_THAT(sent, Contains("response.cancel"));
  EXPECT_THAT(sent, Not(Contains("response.create")));  // one at a time
  EXPECT_THAT(of(Notice::Kind::kToolCancelled), IsEmpty());
  event({.kind = Kind::kResponseDone, .response_id = "r2", .status = "cancelled"});
  EXPECT_EQ(sent.back(), "response.create");
}

TEST_F(RealtimeToolsTest, WordsDo) {
  with_resuming("gpt-live-transcribe");
  wait_for_tool();
  start_speaking();
  EXPECT_THAT(outputs(), IsEmpty());
  event({.kind = Kind::kTranscriptDelta, .item_id = "u1", .text = "never mind"});
  EXPECT_THAT(outputs(), ElementsAre(StartsWith("c1: error: the caller interrupted")));
  EXPECT_THAT(of(Notice::Kind::kToolCancelled), SizeIs(1));
}

TEST_F(RealtimeToolsTest, WhatTheServiceAnswersToANoiseCallsNothing) {
  with_resuming("gpt-live-transcribe");
  ready();
  response("r1", "a1", 2000);
  call.playout().sent(160, now);
  start_speaking();
  stop_speaking(300);
  event({.kind = Kind::kResponseCreated, .response_id = "r2"});
  forget();
  call_tool("r2", "c2", "f");
  event({.kind = Kind::kResponseDone, .response_id = "r2", .status = "completed"});
  EXPECT_THAT(of(Notice::Kind::kToolCall), IsEmpty());
  event({.kind = Kind::kTranscriptDone, .item_id = "u1", .text = ""});
  now = call.next_deadline();
  take(call.check(now));
  EXPECT_THAT(of(Notice::Kind::kToolCall), IsEmpty());
  EXPECT_THAT(texts, Contains(HasSubstr("item_c2")));  // deleted
}

TEST_F(RealtimeToolsTest, WhatItAnswersToWordsDoes) {
  with_resuming("gpt-live-transcribe");
  ready();
  response("r1", "a1", 2000);
  call.playout().sent(160, now);
  start_speaking();
  stop_speaking(300);
  event({.kind = Kind::kResponseCreated, .response_id = "r2"});
  call_tool("r2", "c2", "f");
  event({.kind = Kind::kResponseDone, .response_id = "r2", .status = "completed"});
  event({.kind = Kind::kTranscriptDone, .item_id = "u1", .text = "the hours"});
  ASSERT_THAT(of(Notice::Kind::kToolCall), SizeIs(1));
  EXPECT_EQ(of(Notice::Kind::kToolCall)[0].turn_id, 1u);
  answer("c2", "nine");
  EXPECT_EQ(sent.back(), "response.create");
}

TEST_F(RealtimeToolsTest, ACancelledResponseCallsNothing) {
  ready();
  event({.kind = Kind::kResponseCreated, .response_id = "r1"});
  start_speaking();
  call_tool("r1", "c1", "f");
  EXPECT_THAT(of(Notice::Kind::kToolCall), IsEmpty());
  EXPECT_THAT(outputs(), ElementsAre(EndsWith("the tool was not called")));
}

TEST_F(RealtimeToolsTest, TextGivesUpTheTools) {
  wait_for_tool();
  Outcome out;
  ASSERT_TRUE(call.user_text("something else", now, out));
  take(std::move(out));
  EXPECT_THAT(outputs(), ElementsAre(StartsWith("c1: error: the caller interrupted")));
  EXPECT_THAT(
      sent, ElementsAre("conversation.item.create", "conversation.item.create", "response.create"));
}

TEST_F(RealtimeToolsTest, AfterABreakTheModelIsAskedAgain) {
  wait_for_tool();
  take(call.disconnected(now));
  EXPECT_THAT(of(Notice::Kind::kToolCancelled), SizeIs(1));
  EXPECT_THAT(outputs(), IsEmpty());  // the next session knows no such call
  answer("c1", "late", false);
  ready();
  EXPECT_EQ(sent.back(), "response.create");
}

TEST_F(RealtimeToolsTest, AFillerIsSaidBesideTheConversation) {
  wait_for_tool();
  Outcome out;
  ASSERT_TRUE(call.say_filler("One moment.", now, out));
  take(std::move(out));
  ASSERT_THAT(sent, ElementsAre("response.create"));
  EXPECT_THAT(texts[0], HasSubstr(R"("conversation":"none")"));
  EXPECT_THAT(texts[0], HasSubstr("One moment."));
  EXPECT_FALSE(call.say_filler("One moment.", now, out));
  aside("x1");
  play();
  EXPECT_EQ(call.state(), "speaking");
  EXPECT_THAT(of(Notice::Kind::kTurn), IsEmpty());  // it is no answer
  event({.kind = Kind::kResponseDone,
         .response_id = "x1",
         .status = "completed",
         .aside = "aside_1"});
  play();
  hear_all();
  EXPECT_EQ(call.state(), "thinking");
  EXPECT_THAT(of(Notice::Kind::kReply), IsEmpty());
  answer("c1", "done");
  EXPECT_THAT(sent, ElementsAre("response.create", "conversation.item.create", "response.create"));
}

TEST_F(RealtimeToolsTest, AFillerIsCutLikeAReplyButNotInTheConversation) {
  wait_for_tool();
  Outcome out;
  ASSERT_TRUE(call.say_filler("One moment.", now, out));
  take(std::move(out));
  aside("x1");
  play();
  played = now - 50 * kMs;
  start_speaking();
  EXPECT_THAT(sent, Contains("response.cancel"));
  EXPECT_THAT(sent, Not(Contains("conversation.item.truncate")));
  EXPECT_TRUE(call.playout().empty());
}

TEST_F(RealtimeToolsTest, AFillerThatComesTooLateIsNotSaid) {
  wait_for_tool();
  Outcome out;
  ASSERT_TRUE(call.say_filler("One moment.", now, out));
  take(std::move(out));
  answer("c1", "done");
  event({.kind = Kind::kResponseCreated, .response_id = "r2"});
  forget();
  aside("x1");
  EXPECT_THAT(sent, ElementsAre("response.cancel"));
  event({.kind = Kind::kResponseDone,
         .response_id = "x1",
         .status = "cancelled",
         .aside = "aside_1"});
  event({.kind = Kind::kAudioDelta,
         .response_id = "r2",
         .item_id = "a2",
         .audio = std::vector<uint8_t>(800)});
  const auto piece = call.playout().next(160);
  ASSERT_TRUE(piece);
  EXPECT_FALSE(piece->aside);
}

TEST_F(RealtimeToolsTest, AFillerThatNeverEndsIsGivenUp) {
  wait_for_tool();
  Outcome out;
  ASSERT_TRUE(call.say_filler("One moment.", now, out));
  take(std::move(out));
  aside("x1");
  forget();
  now = call.next_deadline();
  take(call.check(now));
  EXPECT_THAT(sent, ElementsAre("response.cancel"));
  play();
  hear_all();
  EXPECT_TRUE(call.playout().empty());
}

TEST_F(RealtimeToolsTest, ARefusedFillerDisturbsNothing) {
  wait_for_tool();
  Outcome out;
  ASSERT_TRUE(call.say_filler("One moment.", now, out));
  answer("c1", "done");
  event({.kind = Kind::kError, .text = "no", .code = "bad", .client_event_id = "aside_1"});
  EXPECT_THAT(of(Notice::Kind::kError), SizeIs(1));
  event({.kind = Kind::kResponseCreated, .response_id = "r2"});
  EXPECT_THAT(sent, Not(Contains("response.cancel")));
}

TEST_F(RealtimeToolsTest, NoFillerWhereSomethingSounds) {
  ready();
  Outcome out;
  EXPECT_FALSE(call.say_filler("One moment.", now, out));  // nothing is waited for
  response("r1", "a1", 2000, false);
  call_tool("r1", "c1", "f");
  event({.kind = Kind::kResponseDone, .response_id = "r1", .status = "completed"});
  EXPECT_FALSE(call.say_filler("One moment.", now, out));  // the model's own words
  play();
  hear_all();
  EXPECT_TRUE(call.say_filler("One moment.", now, out));
}

}  // namespace
}  // namespace openai::realtime
