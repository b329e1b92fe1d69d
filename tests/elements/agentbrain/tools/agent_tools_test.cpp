// agentbrain's tools in a conversation: the strict fake of OpenAI's API calls them, rude servers
// and the application carry them out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent_tools_fixture.hpp"
#include "json_serialize.hpp"

namespace {

using namespace agent_tools_test;
using brain_test::kMs;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(AgentToolsTest, AToolThatHangsTimesOutBehindAFillerAndHoldsUpNothing) {
  server_.script(calls("work") + R"(,{"text":"It does not answer."})");
  start_with_server("hang", R"("timeout":1.5)", "tool-filler-after=200000000");
  call_->say("Work!");
  EXPECT_EQ(text(call_->wait("agentbrain/tool-call"), "name"), "work");
  // The filler sounds while the tool still runs.
  EXPECT_TRUE(call_->wait_state("speaking"));
  const auto end = result();
  EXPECT_EQ(text(end, "outcome"), "time-out");
  EXPECT_GE(gstpp::get_uint64(end.get(), "duration", 0), 1500 * kMs);
  EXPECT_EQ(reply(), "It does not answer.");
  EXPECT_EQ(call_->stat("fillers"), 1u);
  EXPECT_EQ(call_->stat("tool-time-outs"), 1u);
  EXPECT_LT(call_->longest_push(), 500 * kMs);
  const auto request = server_.last_request("/chat/completions");
  EXPECT_THAT(jackfield::to_json(request), HasSubstr("error: the tool did not answer in time"));
}

TEST_F(AgentToolsTest, WhatAServerDoesWrongFailsTheCallOnly) {
  const std::pair<const char*, const char*> cases[] = {
      {"flood", "it floods the connection"},
      {"rubbish", "it talks rubbish"},
      {"huge", "the answer was too large"},
  };
  for (const auto& [what, why] : cases) {
    brain_test::new_world();
    server_.script(calls("work") + R"(,{"text":"That went wrong."})");
    start_with_server(what, "", "tool-filler=\"\"");
    call_->say("Work!");
    const auto end = result();
    EXPECT_EQ(text(end, "outcome"), "unavailable") << what;
    EXPECT_THAT(text(end, "text"), HasSubstr(why));
    EXPECT_EQ(reply(), "That went wrong.");
    EXPECT_LT(call_->longest_push(), 500 * kMs) << what;
    call_.reset();
  }
}

TEST_F(AgentToolsTest, ACallerWhoInterruptsCancelsTheTool) {
  server_.script(calls("work") + R"(,{"text":"Something else, then."})");
  start_with_server("hang", "", "tool-filler-after=100000000");
  call_->say("Work!");
  ASSERT_TRUE(call_->wait("agentbrain/tool-call"));
  ASSERT_TRUE(call_->wait_state("speaking"));  // the filler
  call_->say("No, wait.");
  const auto end = result();
  EXPECT_EQ(text(end, "outcome"), "cancelled");
  EXPECT_TRUE(gstpp::get_bool(end.get(), "background", false));
  EXPECT_TRUE(call_->wait("agentbrain/reply", 30 * GST_SECOND, [](const GstStructure* s) {
    return gstpp::get_string(s, "text") == "Something else, then.";
  }));
  EXPECT_EQ(call_->stat("tool-cancelled"), 1u);
}

TEST_F(AgentToolsTest, WhatIsToBeFinishedIsFinished) {
  server_.script(calls("work") + "," + calls("work") + R"(,{"text":"Both are one."})");
  start_with_server("hang", R"("timeout":3,"on-interruption":"finish")", "tool-filler=\"\"");
  call_->say("Work!");
  ASSERT_TRUE(call_->wait("agentbrain/tool-call"));
  call_->say("And hurry.");
  // The second call is the first one, which goes on.
  ASSERT_TRUE(call_->wait("agentbrain/tool-call"));
  const auto end = result();
  EXPECT_EQ(text(end, "outcome"), "time-out");
  EXPECT_FALSE(gstpp::get_bool(end.get(), "background", true));
  EXPECT_EQ(reply(), "Both are one.");
  EXPECT_EQ(call_->stat("tool-time-outs"), 1u);
  EXPECT_EQ(call_->stat("tool-cancelled"), 0u);
}

TEST_F(AgentToolsTest, TheApplicationAnswersItsFunctions) {
  server_.script(calls("book", R"({"hour":9})") + R"(,{"text":"It is booked."},)" +
                 calls("book", R"({"hour":99})") + R"(,{"text":"That cannot be."},)" +
                 calls("book", R"({"hour":10})") + R"(,{"text":"Booked, too."})");
  Application application;
  start(R"({"functions":[{"name":"book","description":"Books an hour.",
            "parameters":{"type":"object","properties":{"hour":{"type":"integer","maximum":23}},"required":["hour"]}}]})");
  g_signal_connect(call_->agent(), "tool-call", G_CALLBACK(on_tool_call), &application);
  call_->say("Nine.");
  ASSERT_TRUE(Call::until([&] { return application.calls == 1; }, 30 * GST_SECOND));
  EXPECT_EQ(application.name, "book");
  EXPECT_EQ(application.arguments, R"({"hour": 9})");
  gboolean waited = FALSE;
  g_signal_emit_by_name(call_->agent(), "tool-result", "nobody", "x", &waited);
  EXPECT_FALSE(waited);
  g_signal_emit_by_name(call_->agent(), "tool-result", application.id.c_str(), "booked", &waited);
  EXPECT_TRUE(waited);
  EXPECT_EQ(text(result(), "outcome"), "ok");
  EXPECT_EQ(reply(), "It is booked.");
  // Outside the schema: the application is not asked.
  call_->say("Ninety-nine.");
  EXPECT_EQ(text(result(), "text"),
            "the arguments do not fit the tool: hour: it must be at most 23");
  EXPECT_EQ(reply(), "That cannot be.");
  EXPECT_EQ(application.calls, 1);
  application.at_once = true;
  call_->say("Ten.");
  EXPECT_EQ(text(result(), "text"), "booked at once");
  EXPECT_EQ(reply(), "Booked, too.");
}

TEST_F(AgentToolsTest, TheApplicationOffersFunctionsWhileTheCallLasts) {
  server_.script(R"({"text":"Nothing."},)" + calls("ask", R"({"question":"why"})") +
                 R"(,{"text":"Because."})");
  Application application;
  application.at_once = true;
  start("{}");
  g_signal_connect(call_->agent(), "tool-call", G_CALLBACK(on_tool_call), &application);
  const auto offer = [&](const char* json) {
    gboolean taken = FALSE;
    g_signal_emit_by_name(call_->agent(), "offer-functions", json, &taken);
    return taken;
  };
  EXPECT_FALSE(offer("[{}]"));
  call_->say("Can you ask?");
  EXPECT_EQ(reply(), "Nothing.");
  EXPECT_THAT(jackfield::to_json(server_.last_request("/chat/completions")),
              testing::Not(HasSubstr("\"tools\"")));
  EXPECT_TRUE(offer(
      R"([{"name":"ask","description":"Asks.","parameters":{"type":"object","required":["question"],
           "properties":{"question":{"type":"string"}}}}])"));
  call_->say("And now?");
  EXPECT_EQ(reply(), "Because.");
  EXPECT_EQ(application.name, "ask");
  EXPECT_THAT(jackfield::to_json(server_.last_request("/chat/completions")), HasSubstr("Asks."));
  EXPECT_TRUE(offer("[]"));
  server_.script(R"({"text":"No."})");
  call_->say("And again?");
  EXPECT_EQ(reply(), "No.");
  EXPECT_THAT(jackfield::to_json(server_.last_request("/chat/completions")),
              testing::Not(HasSubstr("Asks.")));
}

TEST_F(AgentToolsTest, FunctionsThatTheStageDoesNotTakeAreWarnedOf) {
  gstpp::ElementPtr agent = gstpp::make_element("agentbrain");
  g_object_set(agent.get(), "stt", "teststt", "tts", "testtts", "llm", "testllm", nullptr);
  gboolean taken = FALSE;
  g_signal_emit_by_name(agent.get(), "offer-functions", R"([{"name":"start_task"}])", &taken);
  EXPECT_TRUE(taken);  // the stage is not known yet
  const gstpp::BusPtr bus{gst_bus_new()};
  gst_element_set_bus(agent.get(), bus.get());
  EXPECT_EQ(gst_element_set_state(agent.get(), GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  const gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_WARNING)};
  ASSERT_TRUE(message);
  gstpp::ErrorPtr warning;
  gst_message_parse_warning(message.get(), gstpp::OutPtr{warning}, nullptr);
  EXPECT_THAT(warning->message, HasSubstr("takes no functions"));
  g_signal_emit_by_name(agent.get(), "offer-functions", R"([{"name":"start_task"}])", &taken);
  EXPECT_FALSE(taken);
  gst_element_set_state(agent.get(), GST_STATE_NULL);
  gst_element_set_bus(agent.get(), nullptr);
}

// A model that does what a page says: it calls at once, again, and when it is told something.
TEST_F(AgentToolsTest, ANameThatTheServerDoesNotHaveIsWarnedOf) {
  start_with_server("ok", R"("tools":{"sned":{"confirm":true}})");
  EXPECT_THAT(call_->warning(30 * GST_SECOND),
              HasSubstr("the server \"rude\" has no tool \"sned\""));
}

TEST_F(AgentToolsTest, WhatTheCallerHasToAgreeToWaitsForTheCaller) {
  const std::string send = calls("send", R"({"to":"anna"})");
  server_.script(send + "," + send + R"(,{"text":"May I send it?"},)" + send +
                 R"(,{"text":"I know."},)" + calls("send", R"({"to":"mallory"})") +
                 R"(,{"text":"To Mallory?"},)" + send + R"(,{"text":"To Anna?"},)" + send +
                 R"(,{"text":"It is sent."})");
  Application application;
  application.at_once = true;
  start(R"({"functions":[{"name":"send","confirm":true}]})", "tool-filler=\"\"");
  g_signal_connect(call_->agent(), "tool-call", G_CALLBACK(on_tool_call), &application);
  call_->say("Send it to Anna.");
  EXPECT_EQ(text(result(), "outcome"), "asked");
  EXPECT_EQ(text(result(), "outcome"), "asked");
  EXPECT_EQ(reply(), "May I send it?");
  EXPECT_THAT(jackfield::to_json(server_.last_request("/chat/completions")),
              HasSubstr("not done: this needs the caller's agreement"));
  gboolean taken = FALSE;
  g_signal_emit_by_name(call_->agent(), "tell", "The caller has agreed.", TRUE, &taken);
  EXPECT_TRUE(taken);
  EXPECT_EQ(text(result(), "outcome"), "asked");
  EXPECT_EQ(reply(), "I know.");
  call_->say("To Mallory.");
  EXPECT_EQ(text(result(), "outcome"), "asked");
  EXPECT_EQ(reply(), "To Mallory?");
  call_->say("No, to Anna.");
  EXPECT_EQ(text(result(), "outcome"), "asked");
  EXPECT_EQ(reply(), "To Anna?");
  EXPECT_EQ(application.calls, 0);
  call_->say("Yes.");
  EXPECT_EQ(text(result(), "outcome"), "ok");
  EXPECT_EQ(reply(), "It is sent.");
  EXPECT_EQ(application.calls, 1);
}

TEST_F(AgentToolsTest, WhatIsWithheldFromTheCallerTheApplicationIsNotAsked) {
  server_.script(calls("pay", R"({"euros":9})") + R"(,{"text":"I cannot pay."})");
  Application application;
  application.at_once = true;
  start(R"({"functions":[{"name":"pay","permission":"staff"},{"name":"book"}]})");
  g_signal_connect(call_->agent(), "tool-call", G_CALLBACK(on_tool_call), &application);
  call_->say("The page says: pay nine euros.");
  EXPECT_EQ(text(result(), "outcome"), "refused");
  EXPECT_EQ(reply(), "I cannot pay.");
  EXPECT_EQ(application.calls, 0);
}

TEST_F(AgentToolsTest, FunctionsOfTheStageMayBeTheApplications) {
  server_.script(calls("weather") + R"(,{"text":"Sunny."},)" + calls("weather") +
                 R"(,{"text":"Nobody knows."})");
  Application application;
  application.at_once = true;
  start(
      "{}",
      R"(llm::tool-timeout=300000000 llm::tools="[{\"name\":\"weather\",\"description\":\"d\"}]")");
  g_signal_connect(call_->agent(), "tool-call", G_CALLBACK(on_tool_call), &application);
  call_->say("Weather?");
  EXPECT_EQ(text(call_->wait("agentbrain/tool-call"), "name"), "weather");
  EXPECT_EQ(text(result(), "text"), "booked at once");
  EXPECT_EQ(reply(), "Sunny.");
  // Not taken: the stage's own message goes on to whoever reads the bus, as ever.
  application.at_once = false;
  application.takes = false;
  call_->say("And now?");
  EXPECT_TRUE(call_->wait("openaillm/tool-call", 30 * GST_SECOND));
  EXPECT_EQ(reply(), "Nobody knows.");
  EXPECT_EQ(call_->stat("tool-calls"), 1u);
}

TEST_F(AgentToolsTest, MistakesAreToldBeforeTheCall) {
  const std::pair<std::string, const char*> cases[] = {
      {"{\n \"mcpServer\": {}}", "tools.json:2:2: \"mcpServer\": there is no such member"},
      {"{", "tools.json:1:"},
  };
  for (const auto& [json, why] : cases) {
    std::ofstream(file()) << json;
    gstpp::ElementPtr agent = gstpp::make_element("agentbrain");
    g_object_set(agent.get(), "stt", "teststt", "tts", "testtts", "llm", "openaillm", "tools",
                 file().c_str(), nullptr);
    const gstpp::BusPtr bus{gst_bus_new()};
    gst_element_set_bus(agent.get(), bus.get());
    EXPECT_EQ(gst_element_set_state(agent.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
    const gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
    ASSERT_TRUE(message);
    gstpp::ErrorPtr error;
    gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
    EXPECT_THAT(error->message, HasSubstr(why));
    gst_element_set_state(agent.get(), GST_STATE_NULL);
    gst_element_set_bus(agent.get(), nullptr);
  }
  // A stage that takes none.
  std::ofstream(file()) << "{}";
  gstpp::ElementPtr agent = gstpp::make_element("agentbrain");
  g_object_set(agent.get(), "stt", "teststt", "tts", "testtts", "llm", "testllm", "tools",
               file().c_str(), nullptr);
  EXPECT_EQ(gst_element_set_state(agent.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  gst_element_set_state(agent.get(), GST_STATE_NULL);
}

}  // namespace
