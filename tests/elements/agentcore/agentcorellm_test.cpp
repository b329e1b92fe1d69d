#include <atomic>
#include <thread>

#include "agent_core_fixture.hpp"
#include "temporary_file.hpp"

namespace {

using namespace test_support;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(AgentCoreLlmTest, AnswersInPiecesForSpeech) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn()) return false;
    for (const char* part : {"Of cour", "se, it is ", "**five**. Dr. Sm", "ith is in. Bye!"})
      stream.text(message.turn().request_id(), part);
    stream.end(message.turn().request_id(), true, "+15550100");
    return true;
  });
  start();
  EXPECT_THAT(turn(1, "What time is it?"),
              ElementsAre("Of course,", "it is five.", "Dr. Smith is in.", "Bye!"));
  const auto end = reply_end();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->turn_id, 1u);
  EXPECT_TRUE(end->hang_up);
  EXPECT_EQ(end->transfer, "+15550100");
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_EQ(stat("turns"), 1u);
  EXPECT_EQ(stat("calls-ended"), 1u);
  EXPECT_GT(stat("first-text-latency"), 0u);
  EXPECT_GE(stat("first-piece-latency"), stat("first-text-latency"));
  EXPECT_EQ(core_.wait_for(kHasTurn).turn().text(), "What time is it?");
}

TEST_F(AgentCoreLlmTest, TellsTheCoreOfTheCall) {
  start(
      "caller=+15550123 line=sales language=en-GB variables=\"v,name=(string)Anna,desk=(int)3\" "
      "instructions=\"You are ${name}.\"");
  const v1::Open open = core_.wait_for(kHasOpen).open();
  EXPECT_GE(open.session_id().size(), 32u);
  EXPECT_FALSE(open.resumed());
  EXPECT_EQ(open.caller(), "+15550123");
  EXPECT_EQ(open.line(), "sales");
  EXPECT_EQ(open.language(), "en-GB");
  EXPECT_EQ(open.instructions(), "You are Anna.");
  EXPECT_EQ(open.variables().at("name"), "Anna");
  EXPECT_EQ(open.variables().at("desk"), "3");
  EXPECT_THAT(open.client(), HasSubstr("jackfield"));
  const auto told = message("connection");
  ASSERT_TRUE(told);
  EXPECT_TRUE(gstpp::get_bool(told.get(), "connected", false));
  gst_element_set_state(llm_.get(), GST_STATE_NULL);
  EXPECT_TRUE(core_.wait_for(kHasClose).has_close());
  EXPECT_TRUE(core_.wait_for_no_stream());
}

TEST_F(AgentCoreLlmTest, WhoCallsMayBecomeKnownInTheCall) {
  const auto call_from = [&](const char* caller) {
    g_object_set(llm_.get(), "caller", caller, nullptr);
  };
  start("caller=+15550123");
  EXPECT_EQ(core_.wait_for(kHasOpen).open().caller(), "+15550123");
  call_from("+15550123");
  call_from("+15550124");
  EXPECT_EQ(said(1, "One"), "You said: One");
  EXPECT_EQ(core_.wait_for(kHasCaller).caller().caller(), "+15550124") << "nothing that it knows";
  call_from(("\xff" + std::string(20'000, 'x')).c_str());
  const v1::ToCore cut = core_.wait_for(kHasCaller, 2);
  EXPECT_LE(cut.caller().caller().size(), 16384u);
  EXPECT_GT(cut.caller().caller().size(), 16000u);
  call_from(nullptr);
  EXPECT_EQ(core_.wait_for(kHasCaller, 3).message_case(), v1::ToCore::kCaller);
  EXPECT_EQ(core_.wait_for(kHasCaller, 3).caller().caller(), "");
  call_from("+15550125");
  EXPECT_EQ(core_.wait_for(kHasCaller, 4).caller().caller(), "+15550125");
  const auto stream = core_.stream();
  ASSERT_TRUE(stream);
  stream->finish(grpc::StatusCode::UNAVAILABLE);
  const v1::Open again = core_.wait_for(kHasOpen, 2).open();
  EXPECT_TRUE(again.resumed());
  EXPECT_EQ(again.caller(), "+15550125");
  gst_element_set_state(llm_.get(), GST_STATE_NULL);
  call_from("");
  gst_element_set_state(llm_.get(), GST_STATE_PLAYING);
  const v1::Open next = core_.wait_for(kHasOpen, 3).open();
  EXPECT_FALSE(next.resumed());
  EXPECT_EQ(next.caller(), "");
}

TEST_F(AgentCoreLlmTest, WhoCallsIsSetByManyThreadsWhileCallsBeginAndEnd) {
  start();
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; !over; ++n) {
        g_object_set(llm_.get(), "caller", ("+1555" + std::to_string(3 * n + i)).c_str(), nullptr);
        g_usleep(1000);
      }
    });
  for (int i = 0; i < 50; ++i) {
    gst_element_set_state(llm_.get(), GST_STATE_NULL);
    gst_element_set_state(llm_.get(), GST_STATE_PLAYING);
    g_usleep(i * 200);
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  const auto known = [](const v1::ToCore& message) {
    return (message.has_caller() && message.caller().caller() == "+15550123") ||
           (message.has_open() && message.open().caller() == "+15550123");
  };
  g_object_set(llm_.get(), "caller", "+15550123", nullptr);
  EXPECT_NE(core_.wait_for(known).message_case(), v1::ToCore::MESSAGE_NOT_SET);
}

TEST_F(AgentCoreLlmTest, APersonaIsPartOfTheCall) {
  const TemporaryFile persona(
      "---\nname: Anna\nlanguage: de\ngreeting: This is ${name} at ${company}.\n"
      "variable.company: ACME\nvariable.desk: 3\n---\nYou are ${name}, who speaks ${language}.\n");
  start("persona=" + persona.path() +
        " instructions=\"Be brief at desk ${desk}.\" variables=\"v,desk=(int)7\"");
  const v1::Open open = core_.wait_for(kHasOpen).open();
  EXPECT_EQ(open.instructions(), "You are Anna, who speaks de.\n\n\nBe brief at desk 7.");
  EXPECT_EQ(open.variables().at("name"), "Anna");
  EXPECT_EQ(open.variables().at("company"), "ACME");
  EXPECT_EQ(open.variables().at("desk"), "7") << "those of the property count before the file's";
  EXPECT_TRUE(end_turn(0));
  EXPECT_THAT(take(), ElementsAre("This is Anna at ACME."));
  EXPECT_EQ(stat("requests"), 0u);
}

TEST_F(AgentCoreLlmTest, MistakesInAPersonaAreToldBeforeTheCall) {
  const TemporaryFile persona("---\nname: Anna\n---\nYou are ${nobody}.\n");
  for (const auto& [file, told] : {std::pair{persona.path(), persona.path() + ":4:9: "},
                                   std::pair{std::string("/nowhere"), std::string("/nowhere")}}) {
    const gstpp::ElementPtr llm = gstpp::make_element("agentcorellm");
    const gstpp::BusPtr bus{gst_bus_new()};
    gst_element_set_bus(llm.get(), bus.get());
    g_object_set(llm.get(), "persona", file.c_str(), nullptr);
    EXPECT_EQ(gst_element_set_state(llm.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
    const gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
    ASSERT_TRUE(message);
    gstpp::ErrorPtr error;
    gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
    EXPECT_THAT(error->message, HasSubstr(told));
    gst_element_set_state(llm.get(), GST_STATE_NULL);
    gst_element_set_bus(llm.get(), nullptr);
  }
}

TEST_F(AgentCoreLlmTest, TheCoreSpeaksFirst) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn() || message.turn().turn_id() != 0) return false;
    stream.text(message.turn().request_id(), "Hello! This is Anna.");
    stream.end(message.turn().request_id());
    return true;
  });
  start();
  EXPECT_TRUE(end_turn(0));
  EXPECT_THAT(take(), ElementsAre("Hello!", "This is Anna."));
  EXPECT_EQ(reply_end()->turn_id, 0u);
  EXPECT_EQ(history(), R"([{"role":"agent","turn":0,"text":"Hello! This is Anna."}])");
}

TEST_F(AgentCoreLlmTest, AGreetingThatIsWrittenDown) {
  start("variables=\"v,name=(string)Anna\" greeting=\"Hi, ${name} here.\"");
  const std::string note = "(Note: a friend calls.)";
  gst_harness_push_event(harness_, jackfield::make_event(jackfield::TurnStart{.turn_id = 0}));
  gst_harness_push(harness_, gst_buffer_new_memdup(note.data(), note.size()));
  EXPECT_TRUE(end_turn(0));
  EXPECT_THAT(take(), ElementsAre("Hi, Anna here."));
  turn(1, "Hello?");
  for (const v1::ToCore& message : core_.messages())
    EXPECT_FALSE(message.has_turn() && message.turn().turn_id() == 0);
  EXPECT_THAT(history(), HasSubstr("a friend calls"));
}

TEST_F(AgentCoreLlmTest, SpeechWithoutWordsIsAskedAboutAndSilenceIsNot) {
  start();
  EXPECT_TRUE(end_turn(1, true));
  EXPECT_TRUE(core_.wait_for(kHasTurn).turn().not_understood());
  take();
  EXPECT_TRUE(end_turn(2));
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(reply_end()->turn_id, 2u);
  EXPECT_EQ(stat("requests"), 1u);
}

TEST_F(AgentCoreLlmTest, AFlushCancelsTheTurnAtOnce) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn() || message.turn().turn_id() != 1) return false;
    stream.text(message.turn().request_id(), "One sentence. Another one that ");
    return true;
  });
  start();
  std::thread caller([&] { turn(1, "Hello?"); });
  EXPECT_TRUE(wait([&] { return stat("first-piece-latency") > 0; }));
  const gint64 before = g_get_monotonic_time();
  flush();
  caller.join();
  EXPECT_LT(g_get_monotonic_time() - before, 5 * G_TIME_SPAN_SECOND);
  EXPECT_EQ(core_.wait_for(kHasCancel).cancel().request_id(), 1u);
  EXPECT_FALSE(reply_end());
  EXPECT_EQ(stat("aborted"), 1u);
  heard(1, "One");
  const v1::Heard told = core_.wait_for(kHasHeard).heard();
  EXPECT_EQ(told.turn_id(), 1u);
  EXPECT_EQ(told.text(), "One");
  EXPECT_EQ(said(2, "Go on."), "You said: Go on.");
  EXPECT_THAT(history(),
              HasSubstr(R"("text":"One","interrupted":true,"full-text":"One sentence.")"));
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_F(AgentCoreLlmTest, TheCoreCallsTools) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (message.has_turn() && message.turn().turn_id() == 1) {
      stream.text(message.turn().request_id(), "Let me look.");
      stream.call(message.turn().request_id(), "a", "weather", R"({"city":"Bonn"})");
      stream.call(message.turn().request_id(), "b", "forbidden", "{}");
      return true;
    }
    if (message.has_tool_result() && message.tool_result().call_id() == "a") {
      const std::uint64_t request = message.tool_result().request_id();
      stream.text(request, "It is " + message.tool_result().output() + ".");
      stream.end(request);
      return true;
    }
    return false;
  });
  start();
  EXPECT_FALSE(offer("[{"));
  EXPECT_TRUE(offer(R"([{"name":"weather","description":"d","parameters":{"type":"object"}}])"));
  std::thread application([&] {
    const auto called = message("tool-call");
    ASSERT_TRUE(called);
    const GstStructure* s = called.get();
    EXPECT_EQ(gstpp::get_uint(s, "turn-id", 0), 1u);
    EXPECT_EQ(gstpp::get_string(s, "name"), "weather");
    EXPECT_EQ(gstpp::get_string(s, "arguments"), R"({"city":"Bonn"})");
    EXPECT_FALSE(answer_tool("nobody", "x"));
    EXPECT_TRUE(answer_tool(gstpp::get_string(s, "call-id"), "sunny"));
    EXPECT_FALSE(answer_tool(gstpp::get_string(s, "call-id"), "again"));
  });
  EXPECT_THAT(turn(1, "Weather?"), ElementsAre("Let me look.", "It is sunny."));
  application.join();
  EXPECT_EQ(stat("tool-calls"), 2u);
  const auto refused = core_.wait_for(
      [](const v1::ToCore& m) { return m.has_tool_result() && m.tool_result().call_id() == "b"; });
  EXPECT_THAT(refused.tool_result().output(), HasSubstr("no tool of that name"));
  EXPECT_THAT(history(), HasSubstr(R"("name":"weather","arguments":"{\"city\":\"Bonn\"}")"));
  EXPECT_TRUE(core_
                  .wait_for([](const v1::ToCore& m) {
                    return (m.has_open() && m.open().tools_size() == 1) ||
                           (m.has_tool_offer() && m.tool_offer().tools_size() == 1);
                  })
                  .message_case());
}

TEST_F(AgentCoreLlmTest, AFlushWhileAToolRuns) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn() || message.turn().turn_id() != 1) return false;
    stream.call(message.turn().request_id(), "a", "weather", "");
    return true;
  });
  start();
  offer(R"([{"name":"weather"}])");
  std::thread caller([&] { turn(1, "Weather?"); });
  const auto called = message("tool-call");
  ASSERT_TRUE(called);
  flush();
  caller.join();
  EXPECT_FALSE(answer_tool(gstpp::get_string(called.get(), "call-id"), "too late"));
  heard(1, "");
  EXPECT_EQ(history(), "[]");
  EXPECT_EQ(said(2, "And now?"), "You said: And now?");
}

TEST_F(AgentCoreLlmTest, IsToldWhatOthersSaidAndWhatWasNotSaidToIt) {
  start();
  turn(1, "One.");
  gst_harness_push_event(
      harness_,
      jackfield::make_event(jackfield::History{
          .from_turn = 1,
          .said = {{1, false, "One."}, {1, true, "By another."}, {2, false, "Lunch?", false}}}));
  turn(2, "Two.");
  const v1::History told = core_.wait_for(kHasHistory).history();
  ASSERT_EQ(told.said_size(), 3);
  EXPECT_EQ(told.from_turn(), 1u);
  EXPECT_EQ(told.said(1).kind(), v1::Said::AGENT);
  EXPECT_EQ(told.said(1).text(), "By another.");
  EXPECT_EQ(told.said(2).kind(), v1::Said::OVERHEARD);
  EXPECT_THAT(history(), HasSubstr(R"("text":"Lunch?","addressed":false)"));
}

TEST_F(AgentCoreLlmTest, UsageAndWhatTheCoreTellsAreMessages) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn()) return false;
    v1::FromCore usage;
    usage.mutable_usage()->set_request_id(message.turn().request_id());
    usage.mutable_usage()->set_model("small-1");
    usage.mutable_usage()->set_input_tokens(12);
    usage.mutable_usage()->set_output_tokens(3);
    stream.send(usage);
    v1::FromCore tell;
    tell.mutable_tell()->set_text("The parcel has come.");
    tell.mutable_tell()->set_speak(true);
    stream.send(tell);
    return false;
  });
  start();
  turn(7, "Hello?");
  const auto usage = message("usage");
  ASSERT_TRUE(usage);
  const GstStructure* s = usage.get();
  EXPECT_EQ(gstpp::get_uint(s, "turn-id", 0), 7u);
  EXPECT_EQ(gstpp::get_string(s, "model"), "small-1");
  EXPECT_EQ(gstpp::get_uint64(s, "input-tokens", 0), 12u);
  EXPECT_EQ(gstpp::get_uint64(s, "output-tokens", 0), 3u);
  const auto told = message("tell");
  ASSERT_TRUE(told);
  EXPECT_EQ(gstpp::get_string(told.get(), "text"), "The parcel has come.");
  EXPECT_EQ(stat("input-tokens"), 12u);
}

TEST_F(AgentCoreLlmTest, TextWithoutTurnEventsIsATurn) {
  start();
  gst_harness_push(harness_, gst_buffer_new_memdup("Hello", 5));
  EXPECT_THAT(take(), ElementsAre("You said: Hello"));
  EXPECT_EQ(reply_end()->turn_id, 1u);
}

TEST_F(AgentCoreLlmTest, IsUsableAgainAfterNullInAnotherSession) {
  start();
  EXPECT_EQ(said(1, "One"), "You said: One");
  gst_element_set_state(llm_.get(), GST_STATE_NULL);
  EXPECT_THAT(history(), HasSubstr("One"));
  gst_element_set_state(llm_.get(), GST_STATE_PLAYING);
  gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  EXPECT_EQ(history(), "[]");
  EXPECT_EQ(said(1, "Two"), "You said: Two");
  std::vector<std::string> sessions;
  for (const v1::ToCore& message : core_.messages()) {
    if (message.has_open()) sessions.push_back(message.open().session_id());
  }
  ASSERT_EQ(sessions.size(), 2u);
  EXPECT_NE(sessions[0], sessions[1]);
  EXPECT_EQ(stat("connections"), 2u);
}

TEST_F(AgentCoreLlmTest, AHundredCallsShareThreadsAndAConnection) {
  const auto threads = [] {
    GDir* folder = g_dir_open("/proc/self/task", 0, nullptr);
    if (!folder) return 0;
    int count = 0;
    while (g_dir_read_name(folder)) ++count;
    g_dir_close(folder);
    return count;
  };
  start();
  EXPECT_EQ(said(1, "One"), "You said: One");
  const int before = threads();
  std::vector<gstpp::ElementPtr> calls;
  for (int i = 0; i < 100; ++i) {
    auto& call = calls.emplace_back(gstpp::make_element("agentcorellm"));
    g_object_set(call.get(), "address", core_.address().c_str(), nullptr);
    gst_element_set_state(call.get(), GST_STATE_PLAYING);
  }
  EXPECT_TRUE(core_.wait_for(kHasOpen, 101).has_open());
  EXPECT_EQ(core_.peers(), 1u);
  // gRPC's own pool of the server in this process may add a few.
  EXPECT_LE(threads(), before + 20);
  // One that is not taken yet would be given up without a word.
  for (const auto& call : calls) EXPECT_TRUE(wait([&] { return connected(call.get()); }));
  for (const auto& call : calls) gst_element_set_state(call.get(), GST_STATE_NULL);
  EXPECT_TRUE(core_.wait_for(kHasClose, 100).has_close());
}

TEST_F(AgentCoreLlmTest, ACallMayEndWhileItsMessagesArePosted) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_open()) return false;
    stream.ready();
    v1::FromCore tell;
    tell.mutable_tell()->set_text("The parcel has come.");
    for (int i = 0; i < 20; ++i) stream.send(tell);
    return true;
  });
  for (guint i = 0; i < 200; ++i) {
    gstpp::ElementPtr call = gstpp::make_element("agentcorellm");
    g_object_set(call.get(), "address", core_.address().c_str(), nullptr);
    gst_element_set_state(call.get(), GST_STATE_PLAYING);
    g_usleep(i * 20);
    gst_element_set_state(call.get(), GST_STATE_NULL);
  }
  core_.script(nullptr);
  start();
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
}

TEST_F(AgentCoreLlmTest, MistakesAreFoundBeforeTheCall) {
  for (const char* settings :
       {"address=nonsense", "address=core.example.com:50051", "instructions=${nobody}",
        "greeting=${nobody}", "token=\"a b\"", "address=10.0.0.1:5"}) {
    const std::string text = "agentcorellm " + std::string(settings);
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

TEST_F(AgentCoreLlmTest, TheTokenCannotBeRead) {
  start();
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(llm_.get()), "token");
  EXPECT_FALSE(spec->flags & G_PARAM_READABLE);
}

}  // namespace
