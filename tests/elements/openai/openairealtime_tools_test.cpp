// openairealtime with functions: offered by agentbrain, carried out by the application or by a rude
// server, beside the strict fake of the Realtime API.
#include <algorithm>

#include "realtime_fixture.hpp"

namespace test_support {
namespace {

using testing::StartsWith;

constexpr char kFunctions[] =
    R"([{"name":"price","description":"of a thing","parameters":{"type":"object","properties":{"of":{"type":"string"}},"required":["of"]},"timeout":20,"filler":"I am looking."}])";

class OpenAiRealtimeToolsTest : public OpenAiRealtimeTest {
 protected:
  // agentbrain with an application that takes calls; its functions are offered before PLAYING.
  void converse(const std::string& script, const std::string& brain = "",
                const std::string& stage = "", const std::string& functions = kFunctions) {
    serve(script);
    const std::string text =
        "agentbrain name=agent " + brain +
        " realtime=\"openairealtime name=stage api-key=test-key base-url=" + server_->base_url() +
        " " + stage + "\"";
    before_play_ = [this, functions] {
      g_signal_connect(agent_.get(), "tool-call", G_CALLBACK(on_tool_call), nullptr);
      gst_element_set_state(pipeline_.get(), GST_STATE_READY);
      if (functions.empty()) return;
      gboolean taken = FALSE;
      g_signal_emit_by_name(agent_.get(), "offer-functions", functions.c_str(), &taken);
      EXPECT_TRUE(taken);
    };
    launch(text, kMulaw);
  }
  bool answer(const std::string& id, const char* output) {
    gboolean taken = FALSE;
    g_signal_emit_by_name(agent_.get(), "tool-result", id.c_str(), output, &taken);
    return taken;
  }
  // What the service was told of the calls, in order.
  std::vector<std::string> outputs() {
    std::vector<JsonValue> events;
    received(&events);
    std::vector<std::string> found;
    for (const JsonValue& event : events) {
      const JsonValue* item = event.find("item");
      if (item && item->find("type")->string == "function_call_output")
        found.push_back(item->find("output")->string);
    }
    return found;
  }
  std::size_t count_received(const std::string& type) {
    const auto types = received();
    return static_cast<std::size_t>(std::count(types.begin(), types.end(), type));
  }
  void wait_for_state(const char* state) {
    wait("agentbrain/state", [&](auto* s) { return gstpp::get_string(s, "state") == state; });
  }

 private:
  static gboolean on_tool_call(GstElement*, const gchar*, const gchar*, const gchar*, gpointer) {
    return TRUE;
  }
};

TEST_F(OpenAiRealtimeToolsTest, TheApplicationAnswersCallsThatRunAtOnce) {
  converse(
      R"({"replies":[{"text":"Let me look.","ms":300,"tools":[{"name":"price","arguments":{"of":"tea"}},{"name":"price","arguments":{"of":"milk"}}]},{"text":"Two and three.","ms":300}]})");
  const auto first = wait("agentbrain/tool-call");
  const auto second = wait("agentbrain/tool-call");
  EXPECT_EQ(text_of(first, "name"), "price");
  EXPECT_THAT(text_of(first, "arguments"), HasSubstr("tea"));
  EXPECT_TRUE(answer(text_of(second, "call-id"), "3"));
  EXPECT_TRUE(answer(text_of(first, "call-id"), "2"));
  EXPECT_EQ(text_of(wait("agentbrain/tool-result"), "outcome"), "ok");
  EXPECT_EQ(text_of(wait("agentbrain/reply",
                         [](auto* s) { return gstpp::get_string(s, "text") != "Let me look."; })),
            "Two and three.");
  EXPECT_THAT(outputs(), ElementsAre("3", "2"));
  EXPECT_EQ(count_received("response.create"), 2u);
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeToolsTest, TheModelsVoiceSaysTheFiller) {
  converse(
      R"({"replies":[{"silent":true,"tool":{"name":"price","arguments":{"of":"tea"}}},{"text":"Two.","ms":300}]})",
      "tool-filler-after=200000000");
  const auto call = wait("agentbrain/tool-call");
  wait_for_state("speaking");
  wait_for_state("thinking");
  EXPECT_TRUE(answer(text_of(call, "call-id"), "2"));
  const auto reply = wait("agentbrain/reply");
  EXPECT_EQ(text_of(reply), "Two.");
  std::vector<JsonValue> events;
  received(&events);
  bool asked = false;
  for (const JsonValue& event : events) {
    const JsonValue* response = event.find("response");
    if (!response || !response->find("conversation")) continue;
    asked = true;
    EXPECT_EQ(response->find("conversation")->string, "none");
    EXPECT_THAT(response->find("instructions")->string, HasSubstr("I am looking."));
  }
  EXPECT_TRUE(asked);
  // 800 ms of it, and the answer.
  EXPECT_GE(heard().size(), 8u * 1100);
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeToolsTest, ACallerWhoSpeaksCancelsTheToolAndGetsAnAnswer) {
  converse(
      R"({"replies":[{"silent":true,"tool":{"name":"price","arguments":{"of":"tea"}}},{"text":"All right.","ms":300}],"heard":["never mind"],"interim_ms":100})",
      "tool-filler=\"\"", "transcription-model=gpt-live-transcribe",
      R"([{"name":"price","description":"d"}])");
  const auto call = wait("agentbrain/tool-call");
  speak(true);
  EXPECT_EQ(text_of(wait("agentbrain/tool-result"), "outcome"), "cancelled");
  wait_for_state("user-speaking");
  speak(false);
  EXPECT_FALSE(answer(text_of(call, "call-id"), "2"));
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "All right.");
  EXPECT_THAT(outputs(), ElementsAre(StartsWith("error: the caller interrupted")));
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeToolsTest, WhatMustBeFinishedIsAndTheSameCallGetsItsResult) {
  const std::string call = R"({"silent":true,"tool":{"name":"price","arguments":{"of":"tea"}}})";
  converse(R"({"replies":[)" + call + "," + call +
               R"(,{"text":"Two.","ms":300}],"heard":["never mind"],"interim_ms":100})",
           "tool-filler=\"\"", "transcription-model=gpt-live-transcribe",
           R"([{"name":"price","description":"d","on-interruption":"finish"}])");
  const auto first = wait("agentbrain/tool-call");
  speak(true);
  wait_for_state("user-speaking");
  EXPECT_TRUE(answer(text_of(first, "call-id"), "2"));
  const auto done = wait("agentbrain/tool-result");
  EXPECT_EQ(text_of(done, "outcome"), "ok");
  EXPECT_TRUE(gstpp::get_bool(done.get(), "background", false));
  speak(false);
  EXPECT_EQ(text_of(wait("agentbrain/tool-result"), "outcome"), "reused");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Two.");
  EXPECT_THAT(outputs(), ElementsAre(StartsWith("error: the caller interrupted"), "2"));
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeToolsTest, WhatTheCallerHasToAgreeToWaitsForTheCaller) {
  const std::string call = R"({"silent":true,"tool":{"name":"price","arguments":{"of":"tea"}}},)";
  const std::string note = call + R"({"text":"I know.","ms":300},)";
  converse(R"({"replies":[)" + call + call + R"({"text":"Shall I?","ms":300},)" + note + call +
               R"({"text":"Two.","ms":300}],"heard":["yes"]})",
           "tool-filler=\"\"", "", R"([{"name":"price","description":"d","confirm":true}])");
  EXPECT_EQ(text_of(wait("agentbrain/tool-result"), "outcome"), "asked");
  EXPECT_EQ(text_of(wait("agentbrain/tool-result"), "outcome"), "asked");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Shall I?");
  gboolean taken = FALSE;
  g_signal_emit_by_name(agent_.get(), "tell", "The caller agrees.", TRUE, &taken);
  EXPECT_TRUE(taken);
  EXPECT_EQ(text_of(wait("agentbrain/tool-result"), "outcome"), "asked");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "I know.");
  speak(true);
  wait_for_state("user-speaking");
  speak(false);
  const auto agreed = wait("agentbrain/tool-call");
  EXPECT_TRUE(answer(text_of(agreed, "call-id"), "2"));
  EXPECT_EQ(text_of(wait("agentbrain/tool-result"), "outcome"), "ok");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Two.");
  EXPECT_THAT(outputs(), ElementsAre(StartsWith("not done"), StartsWith("not done"),
                                     StartsWith("not done"), "2"));
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeToolsTest, WrongArgumentsAreToldToTheModel) {
  converse(
      R"({"replies":[{"silent":true,"tools":[{"name":"price","raw":"{\"of\":"},{"name":"price","arguments":{}},{"name":"shell","arguments":{}}]},{"text":"I cannot.","ms":300}]})");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "I cannot.");
  EXPECT_THAT(outputs(), testing::UnorderedElementsAre(StartsWith("error: the arguments"),
                                                       StartsWith("error: the arguments"),
                                                       "error: there is no tool of that name"));
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeToolsTest, FunctionsComeAndGoWhileTheCallLasts) {
  converse(
      R"({"replies":[{"text":"Yes?","ms":300},{"silent":true,"tool":{"name":"weather"}},{"text":"Sunny.","ms":300}]})",
      "", "", "");
  wait("agentbrain/reply");
  gboolean taken = FALSE;
  g_signal_emit_by_name(agent_.get(), "offer-functions",
                        R"([{"name":"weather","description":"d"}])", &taken);
  ASSERT_TRUE(taken);
  g_signal_emit_by_name(agent_.get(), "user-text", "Weather?", &taken);
  ASSERT_TRUE(taken);
  answer(text_of(wait("agentbrain/tool-call"), "call-id"), "sun");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Sunny.");
  EXPECT_EQ(count_received("session.update"), 2u);
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeToolsTest, WhatItIsToldItSpeaksOf) {
  converse(R"({"replies":[{"text":"Yes?","ms":300},{"text":"It is done.","ms":300}]})", "", "", "");
  wait("agentbrain/reply");
  gboolean taken = FALSE;
  g_signal_emit_by_name(agent_.get(), "tell", "The task has ended.", TRUE, &taken);
  EXPECT_TRUE(taken);
  EXPECT_EQ(text_of(wait("agentbrain/note")), "The task has ended.");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "It is done.");
  g_signal_emit_by_name(agent_.get(), "tell", "  ", FALSE, &taken);
  EXPECT_FALSE(taken);
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeToolsTest, AServerOfToolsThatFloodsOrHangsHoldsUpNothing) {
  serve(
      R"({"replies":[{"silent":true,"tools":[{"name":"work","arguments":{}}]},{"text":"It failed.","ms":300}]})");
  const std::string file = folder_ + "/tools.json";
  std::ofstream(file) << R"({"mcpServers":{"rude":{"command":"/usr/bin/python3","args":[")" +
                             std::string(g_getenv("JACKFIELD_SOURCE_DIR")) +
                             R"(/tests/support/mcp/rude_server.py","hang"],"timeout":1}}})";
  // The tools are there before the model speaks.
  launch("agentbrain name=agent tool-filler=\"\" tools=" + file +
             " realtime=\"openairealtime speak-first=false api-key=test-key base-url=" +
             server_->base_url() + "\"",
         kMulaw);
  wait("agentbrain/tool-server", [](auto* s) { return gstpp::get_bool(s, "ready", false); });
  gboolean taken = FALSE;
  for (int i = 0; i < 400 && !taken; ++i) {
    g_signal_emit_by_name(agent_.get(), "user-text", "Work!", &taken);
    if (!taken) std::this_thread::sleep_for(50ms);
  }
  ASSERT_TRUE(taken);
  EXPECT_EQ(text_of(wait("agentbrain/tool-result"), "outcome"), "time-out");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "It failed.");
  EXPECT_EQ(stat("input-dropped"), 0u);
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeToolsTest, AloneItTellsTheApplicationWhenNobodyWaitsAnyMore) {
  serve(R"({"replies":[{"silent":true,"tool":{"name":"price"}},{"text":"All right.","ms":300}]})");
  start(R"(resume-after=0 tools="[{\"type\":\"function\",\"name\":\"price\"}]")");
  const auto call = wait("openairealtime/tool-call");
  gboolean taken = TRUE;
  g_signal_emit_by_name(agent_.get(), "offer-tools", "[{", &taken);
  EXPECT_FALSE(taken);
  speak(true);
  EXPECT_EQ(text_of(wait("openairealtime/tool-cancelled"), "call-id"), text_of(call, "call-id"));
  speak(false);
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "All right.");
  g_signal_emit_by_name(agent_.get(), "say-filler", "One moment.", &taken);
  EXPECT_FALSE(taken);
  expect_no_refusals();
}

}  // namespace
}  // namespace test_support
