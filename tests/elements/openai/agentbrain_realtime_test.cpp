// openairealtime as the one stage of agentbrain, beside the fake of the Realtime API.
#include "json_serialize.hpp"
#include "realtime_fixture.hpp"
#include "temporary_file.hpp"

namespace test_support {
namespace {

class AgentBrainRealtimeTest : public OpenAiRealtimeTest {
 protected:
  std::string brain(const std::string& properties = "") const {
    return "agentbrain name=agent realtime=\"openairealtime api-key=test-key base-url=" +
           server_->base_url() + " " + properties + "\"";
  }
  // The pipeline's first error when it is started.
  std::string error_of(const std::string& agent) {
    launch(agent, kMulaw);
    return text_of(wait("error"));
  }
  gstpp::CapsPtr sink_caps() {
    const gstpp::PadPtr pad{gst_element_get_static_pad(agent_.get(), "sink")};
    return gstpp::CapsPtr{gst_pad_query_caps(pad.get(), nullptr)};
  }
  static bool takes(const gstpp::CapsPtr& caps, const char* what) {
    const gstpp::CapsPtr other{gst_caps_from_string(what)};
    return gst_caps_can_intersect(caps.get(), other.get());
  }
};

TEST_F(AgentBrainRealtimeTest, AConversationInMulaw) {
  serve(
      R"({"replies":[{"text":"Yes?","ms":400},{"text":"Nine to five.","ms":400}],"heard":["the hours"]})");
  launch(brain("transcription-model=gpt-live-transcribe"), kMulaw);
  const auto greeting = wait("agentbrain/reply");
  EXPECT_EQ(text_of(greeting), "Yes?");
  EXPECT_GT(heard().size(), 3000u);
  speak(true);
  std::this_thread::sleep_for(400ms);
  speak(false);
  EXPECT_EQ(text_of(wait("agentbrain/transcript",
                         [](auto* s) { return gstpp::get_bool(s, "final", false); })),
            "the hours");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Nine to five.");
  EXPECT_EQ(stat("replies"), 2u) << "the stage's statistics";
  expect_no_refusals();
  // The children of a text agent rest.
  const gstpp::ElementPtr detector{gst_bin_get_by_name(GST_BIN(agent_.get()), "detector")};
  EXPECT_EQ(GST_STATE(detector.get()), GST_STATE_NULL);
}

TEST_F(AgentBrainRealtimeTest, APersonaIsThatOfTheStage) {
  serve(R"({"replies":[{"text":"Hello, this is Anna at ACME.","ms":200}]})");
  const TemporaryFile persona(
      "---\nname: Anna\nlanguage: de\nvoice: coral\ngreeting: Hello, this is ${name} at "
      "${company}.\nmay: book, end_call\nvariable.company: ACME\n---\nYou are ${name}.\n");
  const TemporaryFile tools(R"({"functions":[{"name":"book"},{"name":"burn"}]})");
  launch("agentbrain name=agent persona=" + persona.path() + " tools=" + tools.path() +
             " realtime=\"openairealtime api-key=test-key voice=marin instructions=\\\"Be brief, "
             "${name}.\\\" transcription-model=gpt-live-transcribe base-url=" +
             server_->base_url() + "\"",
         kMulaw);
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Hello, this is Anna at ACME.");
  std::vector<JsonValue> events;
  received(&events);
  ASSERT_EQ(events.front().find("type")->string, "session.update");
  const std::string session = jackfield::to_json(*events.front().find("session"));
  EXPECT_THAT(session, HasSubstr(R"("instructions":"You are Anna.\n\n\nBe brief, Anna.")"));
  EXPECT_THAT(session, HasSubstr(R"("voice":"coral")"));
  EXPECT_THAT(session, HasSubstr(R"("language":"de")"));
  std::string greeting, all;
  for (const JsonValue& event : events) {
    all += jackfield::to_json(event);
    if (event.find("type")->string == "response.create")
      greeting = event.find("response")->find("instructions")->string;
  }
  EXPECT_EQ(greeting,
            "Say to the caller exactly this and nothing else: Hello, this is Anna at ACME.");
  EXPECT_THAT(all, HasSubstr(R"("name":"book")"));
  EXPECT_THAT(all, HasSubstr(R"("name":"end_call")"));
  EXPECT_THAT(all, Not(HasSubstr("burn")));
  expect_no_refusals();
}

TEST_F(AgentBrainRealtimeTest, TheGreetingWaitsUntilItIsKnownWhoCalls) {
  serve(R"({"replies":[{"text":"Good morning.","ms":200}]})");
  launch(brain() + " speak-first=false callers=" + folder_ + "/callers.db", kMulaw);
  const auto received_types = [&] {
    std::vector<JsonValue> events;
    received(&events);
    std::vector<std::string> types;
    for (const JsonValue& event : events)
      types.push_back(jackfield::to_json(event).find("Nothing is known of the caller") ==
                              std::string::npos
                          ? event.find("type")->string
                          : "note");
    return types;
  };
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (received_types().empty() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(20ms);
  std::this_thread::sleep_for(300ms);
  EXPECT_THAT(received_types(), Not(Contains("response.create")));
  g_object_set(agent_.get(), "caller", "+15551234567", nullptr);
  g_signal_emit_by_name(agent_.get(), "greet");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Good morning.");
  const auto types = received_types();
  const auto note = std::find(types.begin(), types.end(), "note");
  ASSERT_NE(note, types.end());
  EXPECT_NE(std::find(note, types.end(), "response.create"), types.end()) << "behind the note";
  EXPECT_EQ(std::count(types.begin(), types.end(), "response.create"), 1);
  expect_no_refusals();
}

TEST_F(AgentBrainRealtimeTest, WhatIsTypedGoesToTheService) {
  serve(R"({"replies":[{"text":"Yes?","ms":3000},{"text":"Nine to five.","ms":300}]})");
  launch(brain(), kMulaw);
  const auto type = [&](const char* text) {
    gboolean taken = FALSE;
    g_signal_emit_by_name(agent_.get(), "user-text", text, &taken);
    return taken != FALSE;
  };
  wait("agentbrain/state", [](auto* s) { return gstpp::get_string(s, "state") == "speaking"; });
  ASSERT_TRUE(type("What are \"your\" hours?"));
  const auto said = wait("agentbrain/transcript");
  EXPECT_EQ(text_of(said), "What are \"your\" hours?");
  EXPECT_TRUE(gstpp::get_bool(said.get(), "typed", false));
  EXPECT_TRUE(gstpp::get_bool(wait("agentbrain/reply").get(), "interrupted", false));
  const auto turn = wait("agentbrain/turn");
  EXPECT_TRUE(gstpp::get_bool(turn.get(), "typed", false));
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Nine to five.");
  std::vector<JsonValue> events;
  received(&events);
  std::string typed;
  for (const JsonValue& e : events) {
    if (e.find("type")->string != "conversation.item.create") continue;
    typed = e.find("item")->find("content")->items.front().find("text")->string;
  }
  EXPECT_EQ(typed, "What are \"your\" hours?");
  expect_no_refusals();
  EXPECT_FALSE(type("  "));
}

TEST_F(AgentBrainRealtimeTest, AStageThatTakesNoTextSaysSo) {
  launch("agentbrain name=agent realtime=identity", kMulaw);
  ASSERT_TRUE(gst_element_get_state(pipeline_.get(), nullptr, nullptr, 10 * GST_SECOND));
  gboolean taken = TRUE;
  g_signal_emit_by_name(agent_.get(), "user-text", "hello", &taken);
  EXPECT_FALSE(taken);
}

TEST_F(AgentBrainRealtimeTest, IsUsedAgainAndGoesBackToATextAgent) {
  serve(R"({"replies":[{"text":"Yes?","ms":200}]})");
  launch(brain(), kPcm);
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Yes?");
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  play();
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Yes?");
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  EXPECT_TRUE(takes(sink_caps(), "audio/x-mulaw,rate=8000,channels=1"));
  g_object_set(agent_.get(), "realtime", " ", nullptr);
  EXPECT_FALSE(takes(sink_caps(), "audio/x-mulaw,rate=8000,channels=1"));
  EXPECT_TRUE(takes(sink_caps(), "audio/x-raw,format=S16LE,rate=8000,channels=1"));
  const gstpp::ElementPtr stage{gst_bin_get_by_name(GST_BIN(agent_.get()), "realtime")};
  EXPECT_FALSE(stage);
}

// What variables without values leave in a pipeline file.
TEST_F(AgentBrainRealtimeTest, BlanksAreNothing) {
  serve(R"({"replies":[{"text":"Yes?","ms":200}]})");
  launch(brain("") + " stt=\" \" llm-fallback=\" \" persona=\" \" tools=\" \" thinker=\" \"",
         kMulaw);
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Yes?");
}

TEST_F(AgentBrainRealtimeTest, AFailingServiceIsToldToTheCaller) {
  serve("{}");
  launch(brain("model=gpt-none error-reply=\\\"Sorry.\\\""), kMulaw);
  EXPECT_EQ(text_of(wait("openairealtime/error"), "cause"), "model");
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Sorry.");
  wait("eos");
}

TEST_F(AgentBrainRealtimeTest, CannotBeChangedWhileItRuns) {
  serve(R"({"replies":[{"text":"Yes?","ms":200}]})");
  launch(brain(), kMulaw);
  wait("agentbrain/reply");
  g_object_set(agent_.get(), "realtime", "identity", nullptr);
  EXPECT_THAT(text_of(wait("error")), HasSubstr("cannot be changed while the agent runs"));
}

TEST_F(AgentBrainRealtimeTest, ErrorsSayWhatToDo) {
  serve("{}");
  EXPECT_THAT(error_of("agentbrain name=agent realtime=identity tts=flitetts"),
              HasSubstr("set either it or them"));
  stop();
  EXPECT_THAT(error_of("agentbrain name=agent realtime=nosuchstage"),
              HasSubstr("realtime: no element \"nosuchstage\""));
  stop();
  EXPECT_THAT(error_of("agentbrain name=agent realtime=fakesink"), HasSubstr("no src pad"));
  stop();
  EXPECT_THAT(error_of("openairealtime name=agent api-key=test-key persona=/nowhere"),
              HasSubstr("The persona cannot be read"));
  stop();
  const TemporaryFile persona("You are ${nobody}.");
  EXPECT_THAT(error_of("openairealtime name=agent api-key=test-key persona=" + persona.path()),
              HasSubstr(persona.path() + ":1:9: "));
  stop();
  EXPECT_THAT(error_of("agentbrain name=agent persona=" + persona.path() +
                       " realtime=\"openairealtime api-key=test-key\""),
              HasSubstr(persona.path() + ":1:9: "));
  const gstpp::ElementPtr gate{gst_bin_get_by_name(GST_BIN(agent_.get()), "replygate")};
  EXPECT_EQ(GST_STATE(gate.get()), GST_STATE_NULL) << "the children of a text agent rest";
}

}  // namespace
}  // namespace test_support
