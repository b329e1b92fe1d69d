// openairealtime in live pipelines, beside the fake of the Realtime API.
#include <algorithm>

#include "realtime_fixture.hpp"

namespace test_support {
namespace {

TEST_F(OpenAiRealtimeTest, TheGreetingArrivesByteForByteInBothFormats) {
  for (const char* format : {kMulaw, kPcm}) {
    serve(R"({"replies":[{"text":"Good morning.","ms":730}]})");
    start("", format);
    EXPECT_EQ(text_of(wait("agentbrain/reply")), "Good morning.");
    std::vector<JsonValue> events;
    logged("sent", &events);
    std::string item;
    for (const JsonValue& e : events) {
      if (e.find("type")->string == "response.output_audio.done") item = e.find("item_id")->string;
    }
    EXPECT_FALSE(item.empty());
    EXPECT_EQ(heard().substr(heard().size() - std::min(heard().size(), audio_sent_of(item).size())),
              audio_sent_of(item));
    expect_no_refusals();
    stop();
    server_.reset();
    g_unlink((folder_ + "/events.jsonl").c_str());
    g_unlink((folder_ + "/output-" + item + ".raw").c_str());
  }
}

TEST_F(OpenAiRealtimeTest, WhatIsHeldBackIsNotLost) {
  serve(R"({"replies":[{"text":"Good morning.","ms":730}]})");
  start("hold-back=true");
  // The service has said it all.
  const auto until = std::chrono::steady_clock::now() + 20s;
  const auto done = [this] {
    const auto types = logged("sent");
    return std::count(types.begin(), types.end(), "response.done") > 0;
  };
  while (!done() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(20ms);
  ASSERT_TRUE(done());
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(heard(), "");
  g_object_set(agent_.get(), "hold-back", FALSE, nullptr);
  const auto reply = wait("agentbrain/reply");
  EXPECT_EQ(text_of(reply), "Good morning.");
  EXPECT_FALSE(gstpp::get_bool(reply.get(), "interrupted", true));
  EXPECT_EQ(heard().size(), 730u * 8);
  std::vector<JsonValue> events;
  logged("sent", &events);
  for (const JsonValue& e : events) {
    if (e.find("type")->string == "response.output_audio.done") {
      EXPECT_EQ(heard(), audio_sent_of(e.find("item_id")->string));
    }
  }
}

TEST_F(OpenAiRealtimeTest, AConversationWithTheServicesTurnDetection) {
  serve(
      R"({"replies":[{"text":"Yes?","ms":400},{"text":"Nine to five.","ms":400}],"heard":["the hours"]})");
  start("transcription-model=gpt-live-transcribe noise-reduction=far-field voice=marin");
  wait("agentbrain/reply");
  speak(true);
  wait("agentbrain/state",
       [](auto* s) { return gstpp::get_string(s, "state") == "user-speaking"; });
  speak(false);
  const auto turn = wait("agentbrain/turn");
  ASSERT_TRUE(turn);
  EXPECT_GE(gstpp::get_uint64(turn.get(), "hang-over", 0), 300 * GST_MSECOND);
  const auto words =
      wait("agentbrain/transcript", [](auto* s) { return gstpp::get_bool(s, "final", false); });
  EXPECT_EQ(text_of(words), "the hours");
  EXPECT_EQ(gstpp::get_uint(words.get(), "turn-id", 9), 1u);
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Nine to five.");
  EXPECT_EQ(stat("turns"), 1u);
  EXPECT_EQ(stat("replies"), 2u);
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, WhatIsPaidForIsTold) {
  serve(
      R"({"replies":[{"text":"Yes?","ms":1000},{"text":"Nine to five.","ms":400,"gap_ms":500}],"transcript_delay_ms":100})");
  start("transcription-model=gpt-live-transcribe instructions=\"Be polite, please.\"");
  const auto greeting = wait("openairealtime/usage");
  ASSERT_TRUE(greeting);
  EXPECT_EQ(text_of(greeting, "model"), "gpt-realtime-2.1");
  EXPECT_EQ(gstpp::get_uint(greeting.get(), "turn-id", 9), 0u);
  EXPECT_EQ(gstpp::get_uint64(greeting.get(), "output-audio-tokens", 0), 20u);
  EXPECT_GT(gstpp::get_uint64(greeting.get(), "output-tokens", 0), 20u);
  EXPECT_GT(gstpp::get_uint64(greeting.get(), "input-tokens", 0), 0u);
  wait("agentbrain/reply");
  speak(true);
  wait("agentbrain/state",
       [](auto* s) { return gstpp::get_string(s, "state") == "user-speaking"; });
  speak(false);
  const auto of = [&](const char* model) {
    const auto used = wait("openairealtime/usage",
                           [&](auto* s) { return gstpp::get_string(s, "model") == model; });
    EXPECT_EQ(gstpp::get_uint(used.get(), "turn-id", 9), 1u);
    return gstpp::get_uint64(used.get(), "input-audio", 0);
  };
  // The text of a turn comes behind the beginning of its answer, and before its end.
  EXPECT_EQ(of("gpt-live-transcribe"), GST_SECOND);
  EXPECT_EQ(of("gpt-realtime-2.1"), 0u);
}

TEST_F(OpenAiRealtimeTest, SpeechIntoAReplySilencesItAndTheServiceIsTold) {
  serve(
      R"({"replies":[{"text":"one two three four five six seven eight nine ten","ms":8000},{"text":"Yes?","ms":300}]})");
  start();
  wait("agentbrain/state", [](auto* s) { return gstpp::get_string(s, "state") == "speaking"; });
  std::this_thread::sleep_for(1s);
  speak(true);
  ASSERT_TRUE(wait("agentbrain/interrupted"));
  const double played = static_cast<double>(heard().size()) / 8;  // ms; a busy machine leaves holes
  // Without words, speech is meant from min-interruption on.
  ASSERT_TRUE(wait("agentbrain/interrupted",
                   [](auto* s) { return gstpp::get_bool(s, "confirmed", false); }));
  speak(false);
  const auto reply = wait("agentbrain/reply");
  EXPECT_TRUE(gstpp::get_bool(reply.get(), "interrupted", false));
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Yes?");
  std::vector<JsonValue> events;
  received(&events);
  double told = -1;
  for (const JsonValue& e : events) {
    if (e.find("type")->string == "conversation.item.truncate")
      told = e.find("audio_end_ms")->number;
  }
  EXPECT_NEAR(told, played, 150);
  EXPECT_EQ(stat("flushes"), 1u);
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, ASoundWithoutWordsOnlyPausesTheReply) {
  serve(R"({"replies":[{"text":"one two three four five","ms":4000},{"text":"What?","ms":900}]})");
  start();
  wait("agentbrain/state", [](auto* s) { return gstpp::get_string(s, "state") == "speaking"; });
  std::this_thread::sleep_for(500ms);
  speak(true);
  std::this_thread::sleep_for(200ms);
  speak(false);
  const auto pause = wait("agentbrain/interrupted");
  ASSERT_TRUE(pause);
  EXPECT_FALSE(gstpp::get_bool(pause.get(), "confirmed", true));
  wait("agentbrain/resumed");
  const auto reply = wait("agentbrain/reply");
  EXPECT_EQ(text_of(reply), "one two three four five");
  ASSERT_TRUE(reply);
  EXPECT_FALSE(gstpp::get_bool(reply.get(), "interrupted", true));
  // The service is told nothing of it, its answer to it is not heard, and the sound is forgotten.
  const auto types = received();
  EXPECT_THAT(types, Not(Contains("conversation.item.truncate")));
  EXPECT_THAT(types, Contains("response.cancel"));
  EXPECT_THAT(types, Contains("conversation.item.delete"));
  EXPECT_EQ(stat("replies"), 1u);
  EXPECT_EQ(stat("resumed"), 1u);
  EXPECT_EQ(stat("interruptions"), 0u);
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, AListenersWordsDoNotInterrupt) {
  serve(
      R"({"replies":[{"text":"one two three four five","ms":4000},{"text":"What?","ms":900}],"heard":["Mhm."]})");
  start("transcription-model=gpt-live-transcribe");
  wait("agentbrain/state", [](auto* s) { return gstpp::get_string(s, "state") == "speaking"; });
  std::this_thread::sleep_for(500ms);
  speak(true);
  std::this_thread::sleep_for(800ms);
  speak(false);
  const auto resumed = wait("agentbrain/resumed");
  ASSERT_TRUE(resumed);
  EXPECT_TRUE(gstpp::get_bool(resumed.get(), "backchannel", false));
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "one two three four five");
  EXPECT_EQ(stat("backchannels"), 1u);
  EXPECT_THAT(received(), Not(Contains("conversation.item.truncate")));
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, WordsInterruptWhileTheyAreSaid) {
  serve(
      R"({"replies":[{"text":"one two three four five","ms":8000},{"text":"Yes?","ms":300}],"heard":["stop it"],"interim_ms":150})");
  start("transcription-model=gpt-live-transcribe");
  wait("agentbrain/state", [](auto* s) { return gstpp::get_string(s, "state") == "speaking"; });
  std::this_thread::sleep_for(500ms);
  speak(true);
  ASSERT_TRUE(wait("agentbrain/interrupted",
                   [](auto* s) { return gstpp::get_bool(s, "confirmed", false); }));
  speak(false);
  EXPECT_TRUE(gstpp::get_bool(wait("agentbrain/reply").get(), "interrupted", false));
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Yes?");
  EXPECT_THAT(received(), Contains("conversation.item.truncate"));
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, TurnsFromUpstreamAreCommitted) {
  serve(R"({"replies":[{"text":"Yes?","ms":300}]})");
  start("turn-detection=none speak-first=false", kPcm);
  std::this_thread::sleep_for(500ms);
  turn_event(jackfield::make_event(jackfield::TurnStart{.turn_id = 1, .speech_start = 0}));
  std::this_thread::sleep_for(300ms);
  turn_event(jackfield::make_event(jackfield::TurnEnd{.turn_id = 1}));
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Yes?");
  EXPECT_THAT(received(),
              ElementsAre("session.update", "input_audio_buffer.commit", "response.create"));
  EXPECT_LT(stat("audio-sent"), 2 * GST_SECOND);  // only the turn
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, AToolIsAnsweredAndTheModelGoesOn) {
  serve(
      R"({"replies":[{"silent":true,"tool":{"name":"price","arguments":{"of":"tea"}}},{"text":"Two.","ms":300}]})");
  start(R"(tools="[{\"type\":\"function\",\"name\":\"price\"}]")");
  const auto call = wait("openairealtime/tool-call");
  ASSERT_TRUE(call);
  EXPECT_EQ(text_of(call, "name"), "price");
  EXPECT_THAT(text_of(call, "arguments"), HasSubstr("tea"));
  gboolean taken = TRUE;
  g_signal_emit_by_name(agent_.get(), "answer-tool-call", "call_x", "2", &taken);
  EXPECT_FALSE(taken);
  g_signal_emit_by_name(agent_.get(), "answer-tool-call", text_of(call, "call-id").c_str(), "2",
                        &taken);
  EXPECT_TRUE(taken);
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Two.");
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, AToolThatDoesNotAnswerIsReportedToTheModel) {
  serve(
      R"({"replies":[{"silent":true,"tool":{"name":"price"}},{"text":"I do not know.","ms":300}]})");
  start(R"(tool-timeout=200000000 tools="[{\"type\":\"function\",\"name\":\"price\"}]")");
  EXPECT_THAT(text_of(wait("agentbrain/error")), HasSubstr("price"));
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "I do not know.");
}

TEST_F(OpenAiRealtimeTest, TheModelHangsUpBehindItsReply) {
  serve(R"({"replies":[{"text":"Good bye.","ms":300,"tool":{"name":"end"}}]})");
  start(R"(hang-up-tool=end tools="[{\"type\":\"function\",\"name\":\"end\"}]")");
  const auto reply = wait("agentbrain/reply");
  EXPECT_TRUE(gstpp::get_bool(reply.get(), "hang-up", false));
  wait("eos");
}

TEST_F(OpenAiRealtimeTest, TheModelIsGivenAToolForTheEnd) {
  serve(R"({"replies":[{"text":"Good bye.","ms":300,"tool":{"name":"end_call"}}]})");
  start(R"(end-call=true tools="[{\"type\":\"function\",\"name\":\"price\"}]")");
  EXPECT_TRUE(gstpp::get_bool(wait("agentbrain/reply").get(), "hang-up", false));
  wait("eos");
  std::vector<JsonValue> events;
  received(&events);
  const JsonValue& tools = *events.front().find("session")->find("tools");
  ASSERT_EQ(tools.items.size(), 2u);
  EXPECT_EQ(tools.items[1].find("name")->string, "end_call");
  stop();
  for (const char* wrong :
       {R"(tools="[{\"type\":\"function\",\"name\":\"end_call\"}]")", "hang-up-tool=end"}) {
    start(std::string("end-call=true ") + wrong);
    EXPECT_THAT(text_of(wait("error")), HasSubstr("\"end-call\""));
    stop();
  }
}

TEST_F(OpenAiRealtimeTest, AModelThatEndsTheCallWithoutAWordDoesSo) {
  serve(R"({"replies":[{"silent":true,"tool":{"name":"end_call"}}]})");
  start("end-call=true");
  wait("eos");
}

TEST_F(OpenAiRealtimeTest, ABrokenConnectionIsMadeAgainWithTheConversation) {
  serve(
      R"({"connections":[{"cut_after_ms":4000},{}],"replies":[{"text":"Good morning.","ms":300},{"text":"Yes?","ms":300}]})");
  start();
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Good morning.");
  EXPECT_FALSE(text_of(wait("agentbrain/error")).empty());
  speak(true);
  std::this_thread::sleep_for(1500ms);
  speak(false);
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Yes?");
  EXPECT_EQ(stat("sessions"), 2u);
  EXPECT_THAT(received(), ElementsAre("session.update", "response.create", "session.update",
                                      "conversation.item.create"));
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, ASessionIsReplacedBeforeAndWhenItExpires) {
  serve(
      R"({"connections":[{},{"expire_after_ms":1000},{}],"replies":[{"text":"Good morning.","ms":300}]})");
  start("session-limit=1000000000");
  wait("agentbrain/reply");
  while (stat("sessions") < 3) std::this_thread::sleep_for(20ms);
  EXPECT_EQ(stat("connections-lost"), 0u);
  std::vector<JsonValue> events;
  received(&events);
  EXPECT_EQ(events.at(3).find("item")->find("content")->items[0].find("text")->string,
            "Good morning.");
}

TEST_F(OpenAiRealtimeTest, ServerFailuresAreTriedAgain) {
  serve(
      R"({"connections":[{"refuse":503},{"refuse":429},{}],"replies":[{"text":"Late.","ms":200}]})");
  start();
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Late.");
  EXPECT_EQ(stat("connections-lost"), 2u);
}

TEST_F(OpenAiRealtimeTest, NonsenseIsCountedAndSkipped) {
  serve(
      R"({"connections":[{"malformed":["{","[]","{\"type\":\"response.output_audio.delta\",\"delta\":\"*\"}"]}],
            "replies":[{"text":"Fine.","ms":200}]})");
  start();
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Fine.");
  EXPECT_EQ(stat("bad-events"), 3u);
}

TEST_F(OpenAiRealtimeTest, BadToolsAreAnErrorAtTheStart) {
  serve("{}");
  start(R"(tools="[{]")");
  EXPECT_THAT(text_of(wait("error")), HasSubstr("tools: line 1"));
}

TEST_F(OpenAiRealtimeTest, CanBeStoppedAtAnyTimeAndUsedAgain) {
  serve(R"({"replies":[{"text":"Good morning.","ms":4000}]})");
  start();
  for (int ms : {0, 1, 5, 20, 60, 150, 400}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    play();
  }
  wait("agentbrain/state", [](auto* s) { return gstpp::get_string(s, "state") == "speaking"; });
}

}  // namespace
}  // namespace test_support
