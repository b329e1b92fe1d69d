#include <chrono>

#include "json_serialize.hpp"
#include "llm_fixture.hpp"
#include "temporary_file.hpp"

namespace {

using test_support::BothApis;
using test_support::kKey;
using test_support::OpenAiLlmTest;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kApology[] = "I am sorry, I cannot answer that right now.";

INSTANTIATE_TEST_SUITE_P(Api, BothApis, testing::Values("chat", "responses"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(BothApis, AnswersInPiecesForSpeech) {
  server().script(
      R"({"text":"Of course, it is **five**. Dr. Smith is in. Bye!","reasoning":true})");
  start(api());
  EXPECT_THAT(turn(1, "What time is it?"),
              ElementsAre("Of course,", "it is five.", "Dr. Smith is in.", "Bye!"));
  const auto end = reply_end();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->turn_id, 1u);
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_EQ(stat("turns"), 1u);
  EXPECT_GT(stat("first-token-latency"), 0u);
  EXPECT_GE(stat("first-piece-latency"), stat("first-token-latency"));
  EXPECT_GT(stat("output-tokens"), 0u);
  const auto request = server().last_request(path());
  EXPECT_EQ(request.find("headers")->find("authorization")->string, std::string("Bearer ") + kKey);
  EXPECT_EQ(request.find("body")->find("model")->string, "gpt-5.2");
}

TEST_P(BothApis, TellsTheModelTheConversation) {
  start(api());
  turn(1, "One.");
  EXPECT_EQ(said(2, "Two."), "You said: Two.");
  const auto request = server().last_request(path());
  const auto* list =
      request.find("body")->find(GetParam() == std::string_view("chat") ? "messages" : "input");
  std::string all;
  for (const auto& m : list->items)
    all += m.find("role")->string[0] + (":" + m.find("content")->string + "|");
  EXPECT_THAT(all, HasSubstr("u:One.|a:You said: One.|u:Two.|"));
}

TEST_P(BothApis, OnlyWhatWasHeardIsToldToTheModel) {
  const auto told = [&] {
    const auto request = server().last_request(path());
    const auto* list =
        request.find("body")->find(GetParam() == std::string_view("chat") ? "messages" : "input");
    std::string all;
    for (const auto& m : list->items)
      all += m.find("role")->string[0] + (":" + m.find("content")->string + "|");
    return all;
  };
  start(api());
  turn(1, "Tell me of the sea and of the land.");
  heard(1, "You said: Tell me of");
  turn(2, "And then?");
  EXPECT_THAT(told(), testing::EndsWith("u:Tell me of the sea and of the land.|"
                                        "a:You said: Tell me of|u:And then?|"));
  // Nothing was heard: the question comes again, before the next text.
  heard(2, "");
  const char* parts[] = {"And then?", "Be quick."};
  for (const char* part : parts)
    gst_harness_push(harness_, gst_buffer_new_memdup(part, strlen(part)));
  end_turn(3);
  take();
  const std::string all = told();
  EXPECT_THAT(all, HasSubstr("a:You said: Tell me of|u:And then?"));
  EXPECT_THAT(all, Not(HasSubstr("You said: And then?")));
  EXPECT_EQ(all.find("And then?"), all.rfind("And then?")) << "once";
  EXPECT_THAT(all, HasSubstr("Be quick."));
}

TEST_P(BothApis, IsToldWhatOthersSaid) {
  start(api());
  turn(1, "One.");
  turn(2, "Two.");
  gst_harness_push_event(
      harness_, jackfield::make_event(jackfield::History{
                    .from_turn = 2, .said = {{2, false, "Two."}, {2, true, "By another."}}}));
  EXPECT_EQ(said(3, "Three."), "You said: Three.");
  const auto request = server().last_request(path());
  const auto* list =
      request.find("body")->find(GetParam() == std::string_view("chat") ? "messages" : "input");
  std::string all;
  for (const auto& m : list->items)
    all += m.find("role")->string[0] + (":" + m.find("content")->string + "|");
  EXPECT_THAT(all, EndsWith("u:One.|a:You said: One.|u:Two.|a:By another.|u:Three.|"));
}

TEST_P(BothApis, IsToldWhatWasNotSaidToIt) {
  start(api());
  turn(1, "One.");
  gst_harness_push_event(
      harness_, jackfield::make_event(jackfield::History{
                    .from_turn = jackfield::History::kForgetNothing,
                    .said = {{4, false, "Lunch?", false}, {4, false, "At noon.", false}}}));
  EXPECT_EQ(said(4, "Jack, is noon free?").substr(0, 10), "You said: ");
  const auto request = server().last_request(path());
  const bool chat = GetParam() == std::string_view("chat");
  const auto* list = request.find("body")->find(chat ? "messages" : "input");
  std::string all;
  for (const auto& m : list->items)
    all += m.find("role")->string[0] + (":" + m.find("content")->string + "|");
  const std::string between = chat ? "\n" : "|u:";
  EXPECT_THAT(
      all, EndsWith("u:One.|a:You said: One.|u:(Overheard, not said to you: Lunch?)" + between +
                    "(Overheard, not said to you: At noon.)" + between + "Jack, is noon free?|"));
  EXPECT_THAT(history(),
              HasSubstr(R"({"role":"caller","turn":4,"text":"Lunch?","addressed":false})"));
  // Of an answer that nobody heard nothing stays, so that all comes again with the next question.
  gst_harness_push_event(harness_,
                         jackfield::make_event(jackfield::Heard{.turn_id = 4, .text = ""}));
  EXPECT_THAT(history(), Not(HasSubstr("Lunch?")));
  EXPECT_THAT(history(), HasSubstr("One."));
}

TEST_P(BothApis, GreetsByTheModelOrByText) {
  server().script(R"({"text":"Hello! This is Anna."})");
  start(api());
  EXPECT_TRUE(end_turn(0));
  EXPECT_THAT(take(), ElementsAre("Hello!", "This is Anna."));
  EXPECT_EQ(reply_end()->turn_id, 0u);
  EXPECT_THAT(history(), Not(HasSubstr("Greet the caller")));
}

TEST_P(BothApis, AsksTools) {
  server().script(
      R"({"text":"Let me look.","tool_calls":[{"name":"weather","arguments":{"city":"Bonn"}},
                      {"name":"time","arguments":{}}],"reasoning":true})");
  start(api());
  // An application answers from the bus, in a thread of its own.
  gst_element_set_state(llm_.get(), GST_STATE_NULL);
  g_object_set(llm_.get(), "tools",
               R"([{"name":"weather","description":"d"},{"name":"time","description":"d"}])",
               nullptr);
  gst_element_set_state(llm_.get(), GST_STATE_PLAYING);
  gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  std::thread application([&] {
    for (int left = 2; left > 0; --left) {
      const gstpp::StructurePtr called = tool_call();
      ASSERT_TRUE(called);
      const GstStructure* s = called.get();
      EXPECT_EQ(gstpp::get_uint(s, "turn-id", 0), 1u);
      if (gstpp::get_string(s, "name") == "weather") {
        EXPECT_THAT(gstpp::get_string(s, "arguments"), HasSubstr("Bonn"));
      }
      gboolean taken = FALSE;
      g_signal_emit_by_name(llm_.get(), "answer-tool-call", gstpp::get_string(s, "call-id").c_str(),
                            (gstpp::get_string(s, "name") + " is fine").c_str(), &taken);
      EXPECT_TRUE(taken);
      g_signal_emit_by_name(llm_.get(), "answer-tool-call", "nobody", "x", &taken);
      EXPECT_FALSE(taken);
    }
  });
  EXPECT_THAT(turn(1, "Weather?"), ElementsAre("Let me look.", "You said: time is fine"));
  application.join();
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_EQ(stat("tool-calls"), 2u);
  EXPECT_EQ(stat("requests"), 2u);
  EXPECT_THAT(
      history(),
      HasSubstr(
          R"("name":"weather","arguments":"{\"city\": \"Bonn\"}","output":"weather is fine")"));
  EXPECT_EQ(said(2, "Thanks."), "You said: Thanks.");
}

TEST_P(BothApis, WordsBeforeAToolAreSaidBeforeItsArgumentsAreThere) {
  // It hangs in the middle of the arguments.
  server().script(
      R"({"text":"One moment","piece":20,"tool_calls":[{"name":"weather","arguments":{"city":"Llanfairpwllgwyngyll"}}],"hang_after":11})");
  start(api());
  std::thread caller([&] { turn(1, "Weather?"); });
  for (int i = 0; i < 3000 && stat("first-piece-latency") == 0; ++i) g_usleep(10'000);
  EXPECT_GT(stat("first-piece-latency"), 0u);
  EXPECT_THAT(history(), HasSubstr("One moment"));
  flush();
  caller.join();
}

TEST_P(BothApis, AToolThatDoesNotAnswerIsNotWaitedForForEver) {
  server().script(R"({"tool_calls":[{"name":"weather","arguments":{}}]})");
  start(api(R"(tool-timeout=50000000 tools="[{\"name\":\"weather\",\"description\":\"d\"}]")"));
  EXPECT_THAT(said(1, "Weather?"), HasSubstr("You said: error: the tool did not answer"));
}

TEST_P(BothApis, AToolThatWasNotOfferedIsNobodys) {
  server().script(R"({"tool_calls":[{"name":"weather","arguments":{}}]})");
  start(api());
  EXPECT_THAT(said(1, "Weather?"), HasSubstr("You said: error: there is no tool of that name"));
}

TEST_P(BothApis, ToolsMayBeOfferedWhileItRuns) {
  server().script(R"({"tool_calls":[{"name":"weather","arguments":{}}]})");
  start(api(R"(tool-timeout=50000000 tools="[{\"name\":\"time\",\"description\":\"own\"}]")"));
  gboolean taken = TRUE;
  g_signal_emit_by_name(llm_.get(), "offer-tools", "[{", &taken);
  EXPECT_FALSE(taken);
  g_signal_emit_by_name(
      llm_.get(), "offer-tools",
      R"([{"name":"weather","description":"d"},{"name":"time","description":"other"}])", &taken);
  EXPECT_TRUE(taken);
  std::thread application([&] {
    const gstpp::StructurePtr called = tool_call();
    ASSERT_TRUE(called);
    const std::string id = gstpp::get_string(called.get(), "call-id");
    g_usleep(200'000);  // longer than tool-timeout, which is not for those that are offered
    gboolean answered = FALSE;
    g_signal_emit_by_name(llm_.get(), "answer-tool-call", id.c_str(), "sunny", &answered);
    EXPECT_TRUE(answered);
  });
  EXPECT_THAT(said(1, "Weather?"), HasSubstr("You said: sunny"));
  application.join();
  const auto offered = [&] {
    const auto request = server().last_request(path());
    return jackfield::to_json(*request.find("body")->find("tools"));
  };
  EXPECT_THAT(offered(), HasSubstr("own"));
  EXPECT_THAT(offered(), HasSubstr("weather"));
  EXPECT_THAT(offered(), Not(HasSubstr("other")));
  g_signal_emit_by_name(llm_.get(), "offer-tools", "[]", &taken);
  said(2, "And now?");
  EXPECT_THAT(offered(), Not(HasSubstr("weather")));
}

TEST_P(BothApis, FailuresAreToldOnceAndApologisedFor) {
  start(api("max-retries=0"));
  const struct {
    const char* step;
    const char* cause;
    bool retryable;
  } cases[] = {
      {R"({"status":429,"error":{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}})",
       "quota", false},
      {R"({"status":429,"error":{"error":{"code":"rate_limit_exceeded","message":"slow down"}}})",
       "rate-limit", true},
      {R"({"status":500,"error":"<html>oops</html>"})", "server", true},
      {R"({"status":503,"error":{},"delay_ms":20})", "server", true},
      {R"({"cut_after":0})", "cut", true},
      {R"({"text":"Half a sentence that is never","cut_after":5})", "cut", true},
      {R"({"text":"Half a","error_after":3})", "server", true},
      {R"({"malformed":12})", "protocol", true},
      {R"({"text":"x","finish_reason":"content_filter"})", "content", false},
  };
  guint turn_id = 0;
  for (const auto& c : cases) {
    server().script(c.step);
    EXPECT_EQ(said(++turn_id, "Hello?"), kApology) << c.step;
    const auto all = errors();
    ASSERT_EQ(all.size(), 1u) << c.step;
    EXPECT_EQ(all[0].cause, c.cause) << all[0].text;
    EXPECT_EQ(all[0].retryable, c.retryable) << c.step;
    EXPECT_EQ(all[0].turn_id, turn_id);
    EXPECT_TRUE(reply_end()) << c.step;
  }
  // And the call goes on.
  EXPECT_EQ(said(++turn_id, "Still there?"), "You said: Still there?");
  EXPECT_EQ(stat("failed"), std::size(cases));
}

TEST_P(BothApis, WhatWasSaidBeforeACutStays) {
  server().script(R"({"text":"The first sentence. And then the rest of it","cut_after":11})");
  start(api("apology=\"\""));
  EXPECT_THAT(turn(1, "Hello?"), ElementsAre("The first sentence."));
  EXPECT_EQ(errors().size(), 1u);
  EXPECT_TRUE(reply_end());
}

TEST_P(BothApis, MalformedEventsSlowTrickleAndJitterDoNoHarm) {
  server().script(
      R"({"text":"All of it, word for word.","malformed":3,"piece":1,"gap_ms":1,"jitter_ms":4})");
  start(api());
  EXPECT_EQ(said(1, "Hello?"), "All of it, word for word.");
  EXPECT_EQ(stat("malformed-events"), 3u);
}

TEST_P(BothApis, AWrongKeyAndAWrongModelAreNamed) {
  start(api("model=gpt-none"), "sk-test-wrong-key-9999");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  auto all = errors();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].cause, "key");
  EXPECT_EQ(all[0].status, 401);
  EXPECT_THAT(all[0].text, Not(HasSubstr("9999")));
  EXPECT_EQ(stat("requests"), 1u);
  gst_element_set_state(llm_.get(), GST_STATE_NULL);
  g_object_set(llm_.get(), "api-key", kKey, nullptr);
  gst_element_set_state(llm_.get(), GST_STATE_PLAYING);
  gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  all = errors();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].cause, "model");
}

TEST_P(BothApis, RetriesBeforeTheFirstByteOnly) {
  server().script(
      R"({"status":503,"headers":{"retry-after-ms":"5"}},{"status":429,"headers":{"retry-after":"0.01"}})");
  start(api());
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  EXPECT_EQ(stat("retries"), 2u);
  server().script(R"({"status":503,"headers":{"x-should-retry":"false"}})");
  EXPECT_EQ(said(2, "Hello?"), kApology);
  EXPECT_EQ(stat("retries"), 2u);
}

TEST_P(BothApis, AFlushEndsTheRequestAtOnce) {
  server().script(R"({"text":"One sentence. Another one that takes for ever.","hang_after":8})");
  start(api());
  std::thread caller([&] { turn(1, "Hello?"); });
  for (int i = 0; i < 3000 && stat("first-piece-latency") == 0; ++i) g_usleep(10'000);
  const gint64 before = g_get_monotonic_time();
  gst_harness_push_event(harness_, gst_event_new_flush_start());
  caller.join();
  EXPECT_LT(g_get_monotonic_time() - before, 2 * G_TIME_SPAN_SECOND);
  flush();
  EXPECT_FALSE(reply_end());
  EXPECT_EQ(stat("aborted"), 1u);
  heard(1, "One");
  EXPECT_EQ(said(2, "Go on."), "You said: Go on.");
  EXPECT_THAT(history(),
              HasSubstr(R"("text":"One","interrupted":true,"full-text":"One sentence.")"));
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_P(BothApis, AFlushWhileItWaitsForToolsOrTheServer) {
  server().script(R"({"tool_calls":[{"name":"weather","arguments":{}}]},{"delay_ms":60000})");
  start(api());
  for (guint id = 1; id <= 2; ++id) {
    std::thread caller([&] { turn(id, "Hello?"); });
    while (id == 1 ? stat("tool-calls") == 0 : server().requests(path()).size() < 2)
      g_usleep(5'000);
    flush();
    caller.join();
    heard(id, "");
  }
  EXPECT_EQ(history(), "[]");
  EXPECT_EQ(said(3, "And now?"), "You said: And now?");
}

TEST_F(OpenAiLlmTest, ADeadServerIsANetworkError) {
  base_url_ = "http://127.0.0.1:9/v1";
  start("max-retries=0");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  const auto all = errors();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].cause, "network");
  EXPECT_TRUE(all[0].retryable);
}

TEST_F(OpenAiLlmTest, ASilentServerIsATimeout) {
  server().script(R"({"delay_ms":60000})");
  start("max-retries=0 first-token-timeout=60000000");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  const auto all = errors();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].cause, "timeout");
}

TEST_F(OpenAiLlmTest, OtherServersOfTheApi) {
  server_arguments_ = {"--compatible"};
  start("model=llama max-output-tokens=200 reasoning-effort=none temperature=0.5", "");
  server().script(R"({"text":"Fine.","reasoning":true,"no_done":true})");
  EXPECT_EQ(said(1, "Hello?"), "Fine.");
  const auto request = server().last_request();
  EXPECT_EQ(request.find("path")->string, "/v1/chat/completions");
  EXPECT_FALSE(request.find("headers")->find("authorization"));
  EXPECT_EQ(request.find("body")->find("max_tokens")->number, 200);
  EXPECT_EQ(request.find("body")->find("temperature")->number, 0.5);
}

TEST_F(OpenAiLlmTest, SpeechWithoutWordsIsAskedAboutAndSilenceIsNot) {
  start();
  EXPECT_TRUE(end_turn(1, true));
  EXPECT_THAT(take(), ElementsAre(HasSubstr("could not be understood")));
  EXPECT_TRUE(end_turn(2));
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(reply_end()->turn_id, 2u);
  EXPECT_EQ(stat("requests"), 1u);
}

TEST_F(OpenAiLlmTest, TextWithoutTurnEventsIsATurn) {
  start();
  gst_harness_push(harness_, gst_buffer_new_memdup("Hello", 5));
  EXPECT_THAT(take(), ElementsAre("You said: Hello"));
  EXPECT_EQ(reply_end()->turn_id, 1u);
}

TEST_F(OpenAiLlmTest, PersonaAndVariables) {
  const test_support::TemporaryFile persona("You are ${name} of ${company:-ACME}, on ${weekday}.");
  start("persona=" + persona.path() +
        " variables=\"v,name=(string)Anna\" instructions=\"Be brief.\" greeting=\"Hi, ${name} "
        "here.\"");
  EXPECT_TRUE(end_turn(0));
  EXPECT_THAT(take(), ElementsAre("Hi, Anna here."));
  EXPECT_EQ(stat("requests"), 0u);
  turn(1, "Hello?");
  const auto request = server().last_request();
  const std::string system =
      request.find("body")->find("messages")->items[0].find("content")->string;
  EXPECT_THAT(system, HasSubstr("You are Anna of ACME, on "));
  EXPECT_THAT(system, HasSubstr("day.\n\nBe brief."));
}

TEST_F(OpenAiLlmTest, MistakesAreFoundBeforeTheCall) {
  for (const char* settings : {"model=\"\"", "persona=/nowhere", "instructions=${nobody}",
                               "tools=[1]", "base-url=https://api.openai.com/v1"}) {
    const std::string text =
        "openaillm check-model=false model=m base-url=http://127.0.0.1:9 " + std::string(settings);
    gstpp::ElementPtr llm{
        static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(text.c_str(), nullptr)))};
    gstpp::BusPtr bus{gst_bus_new()};
    gst_element_set_bus(llm.get(), bus.get());
    EXPECT_EQ(gst_element_set_state(llm.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE)
        << settings;
    gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
    EXPECT_TRUE(message) << settings;
    gst_element_set_bus(llm.get(), nullptr);
    gst_element_set_state(llm.get(), GST_STATE_NULL);
  }
}

TEST_F(OpenAiLlmTest, WarnsOfAModelThatIsShutDownOncePerProcess) {
  for (const bool first : {true, false}) {
    start("check-model=true model=gpt-5.1");
    const gstpp::MessagePtr message{gst_bus_timed_pop_filtered(
        bus_.get(), first ? 60 * GST_SECOND : 200 * GST_MSECOND, GST_MESSAGE_WARNING)};
    EXPECT_EQ(message != nullptr, first);
    if (message) {
      gstpp::ErrorPtr error;
      gst_message_parse_warning(message.get(), gstpp::OutPtr{error}, nullptr);
      EXPECT_THAT(std::string(error->message), HasSubstr("2027-04-01"));
    }
    TearDown();
    harness_ = nullptr;
  }
}

TEST_F(OpenAiLlmTest, TheKeyCannotBeRead) {
  start();
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(llm_.get()), "api-key");
  EXPECT_FALSE(spec->flags & G_PARAM_READABLE);
}

TEST_F(OpenAiLlmTest, OldTurnsAreNotSentBeyondTheBudget) {
  start("history-tokens=100");
  for (guint id = 1; id <= 12; ++id)
    turn(id, "Question number " + std::to_string(id) + " with some words more");
  const auto request = server().last_request();
  const auto& messages = request.find("body")->find("messages")->items;
  EXPECT_LT(messages.size(), 12u);
  EXPECT_EQ(messages[0].find("role")->string, "system");
  EXPECT_EQ(messages[1].find("role")->string, "user");
}

TEST_F(OpenAiLlmTest, IsUsableAgainAfterNull) {
  start();
  EXPECT_EQ(said(1, "One"), "You said: One");
  gst_element_set_state(llm_.get(), GST_STATE_NULL);
  gst_element_set_state(llm_.get(), GST_STATE_PLAYING);
  gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  EXPECT_EQ(history(), "[]");
  EXPECT_EQ(said(1, "Two"), "You said: Two");
}

}  // namespace
