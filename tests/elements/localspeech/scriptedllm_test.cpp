#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "gstpp.hpp"
#include "turn_events.hpp"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr char kScript[] = R"({
  "slots": {"n": {"type": "digits", "min": 1, "max": 4}},
  "intents": {"hi": ["hello"], "dial": ["dial {n}"], "human": ["human"], "bye": ["bye"]},
  "start": "lobby",
  "greeting": "Welcome. How can I help you?",
  "states": {"lobby": {"rules": [
    {"intent": "hi", "say": "Hello. Nice to hear you. What now?", "next": "greeted"},
    {"intent": "dial", "say": "Dialling ${n}."}]}, "greeted": {"rules": []}},
  "always": [{"intent": "hi", "say": "Hello again."},
             {"intent": "human", "say": "One moment.", "transfer": "sip:operator"},
             {"intent": "bye", "say": "Goodbye.", "hang_up": true}],
  "not_understood": {"say": ["Pardon?", "Once more?"]}
})";

class ScriptedLlmTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void SetUp() override {
    gstpp::ErrorPtr error;
    const int fd = g_file_open_tmp("script-XXXXXX.json", &path_, gstpp::OutPtr{error});
    ASSERT_GE(fd, 0);
    g_close(fd, nullptr);
    write(kScript);
  }
  void TearDown() override {
    if (harness_) gst_harness_teardown(harness_);
    g_unlink(path_);
    g_free(path_);
  }
  void write(std::string_view text) {
    ASSERT_TRUE(g_file_set_contents(path_, text.data(), static_cast<gssize>(text.size()), nullptr));
  }
  void start(const std::string& settings = "") {
    harness_ = gst_harness_new_parse(
        ("scriptedllm script=" + std::string(path_) + " " + settings).c_str());
    ASSERT_TRUE(harness_);
    gst_harness_use_testclock(harness_);
    gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
    llm_ = gstpp::ElementPtr{gst_harness_find_element(harness_, "scriptedllm")};
    take_events();
  }
  GstFlowReturn push(std::string_view text) {
    return gst_harness_push(harness_, gst_buffer_new_memdup(text.data(), text.size()));
  }
  bool end_turn(guint id, bool not_understood = false) {
    return gst_harness_push_event(harness_, jackfield::make_event(jackfield::TurnEnd{
                                                .turn_id = id, .not_understood = not_understood}));
  }
  void turn(guint id, std::string_view text) {
    gst_harness_push_event(harness_, jackfield::make_event(jackfield::TurnStart{.turn_id = id}));
    push(text);
    end_turn(id);
  }
  void flush() {
    gst_harness_push_event(harness_, gst_event_new_flush_start());
    gst_harness_push_event(harness_, gst_event_new_flush_stop(FALSE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  }
  std::vector<std::string> take() {
    std::vector<std::string> texts;
    while (GstBuffer* buffer = gst_harness_try_pull(harness_)) {
      gstpp::MappedBuffer map(buffer, GST_MAP_READ);
      texts.emplace_back(reinterpret_cast<const char*>(map.data()), map.size());
      owned_.emplace_back(buffer);
    }
    return texts;
  }
  std::vector<gstpp::EventPtr> take_events() {
    std::vector<gstpp::EventPtr> events;
    while (GstEvent* event = gst_harness_try_pull_event(harness_)) events.emplace_back(event);
    return events;
  }
  // The last end of a reply since the events were taken last.
  std::optional<jackfield::ReplyEnd> reply_end() {
    std::optional<jackfield::ReplyEnd> end;
    for (const auto& event : take_events()) {
      if (const auto parsed = jackfield::parse_reply_end(event.get())) end = parsed;
    }
    return end;
  }
  std::string history() {
    gchar* json = nullptr;
    g_object_get(llm_.get(), "history", &json, nullptr);
    const gstpp::CharPtr owner{json};
    return json;
  }
  gstpp::StructurePtr stats() {
    GstStructure* stats = nullptr;
    g_object_get(llm_.get(), "stats", &stats, nullptr);
    return gstpp::StructurePtr{stats};
  }
  guint64 stat(const char* name) { return gstpp::get_uint64(stats().get(), name, G_MAXUINT64); }
  std::string dialogue_state() { return gstpp::get_string(stats().get(), "state"); }

  // Goes to READY with this script and returns the text of the error.
  std::string error_of(const char* script) {
    gstpp::ElementPtr pipeline{
        static_cast<GstElement*>(gst_object_ref_sink(gst_pipeline_new(nullptr)))};
    GstElement* llm = gst_element_factory_make("scriptedllm", nullptr);
    g_object_set(llm, "script", script, nullptr);
    gst_bin_add(GST_BIN(pipeline.get()), llm);
    EXPECT_EQ(gst_element_set_state(llm, GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
    gstpp::BusPtr bus{gst_element_get_bus(pipeline.get())};
    gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    if (!message) return "no error";
    gstpp::ErrorPtr error;
    gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
    return error->message;
  }

  gchar* path_ = nullptr;
  GstHarness* harness_ = nullptr;
  gstpp::ElementPtr llm_;
  std::vector<gstpp::BufferPtr> owned_;
};

TEST_F(ScriptedLlmTest, SpeaksFirstWhenAsked) {
  start();
  EXPECT_TRUE(end_turn(0));
  EXPECT_THAT(take(), ElementsAre("Welcome.", "How can I help you?"));
  const auto end = reply_end();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->turn_id, 0u);
  EXPECT_FALSE(end->hang_up);
}

TEST_F(ScriptedLlmTest, SpeaksFirstAlsoBeforeAnythingElseCame) {
  harness_ = gst_harness_new_parse(("scriptedllm script=" + std::string(path_)).c_str());
  gst_harness_use_testclock(harness_);
  gst_harness_play(harness_);
  gst_harness_push_event(harness_, gst_event_new_stream_start("test"));
  gst_harness_push_event(harness_, jackfield::make_event(jackfield::TurnEnd{.turn_id = 0}));
  EXPECT_THAT(take(), ElementsAre("Welcome.", "How can I help you?"));
  gstpp::CapsPtr caps{gst_pad_get_current_caps(harness_->sinkpad)};
  ASSERT_TRUE(caps);
  EXPECT_STREQ(gst_structure_get_name(gst_caps_get_structure(caps.get(), 0)), "text/x-raw");
}

TEST_F(ScriptedLlmTest, TheTextsOfATurnAreOneQuestion) {
  start();
  gst_harness_push_event(harness_, jackfield::make_event(jackfield::TurnStart{.turn_id = 1}));
  push("dial");
  push("four two");
  EXPECT_THAT(take(), IsEmpty()) << "the turn is not over";
  end_turn(1);
  EXPECT_THAT(take(), ElementsAre("Dialling 4 2."));
  EXPECT_EQ(reply_end()->turn_id, 1u);
}

TEST_F(ScriptedLlmTest, PassesTheTurnEndOnBeforeTheReplyAndItsEndBehind) {
  start();
  turn(4, "hello");
  std::vector<std::string> order;
  for (const auto& event : take_events()) {
    if (jackfield::parse_turn_start(event.get())) order.emplace_back("turn-start");
    if (jackfield::parse_turn_end(event.get())) order.emplace_back("turn-end");
    if (jackfield::parse_reply_end(event.get())) order.emplace_back("reply-end");
  }
  EXPECT_THAT(order, ElementsAre("turn-start", "turn-end", "reply-end"));
  EXPECT_THAT(take(), ElementsAre("Hello.", "Nice to hear you.", "What now?"));
}

TEST_F(ScriptedLlmTest, SentencesCarryTheRunningTime) {
  start();
  gst_harness_set_time(harness_, 5 * GST_SECOND);
  turn(1, "hello");
  gstpp::BufferPtr buffer{gst_harness_pull(harness_)};
  EXPECT_EQ(GST_BUFFER_PTS(buffer.get()), 5 * GST_SECOND);
}

TEST_F(ScriptedLlmTest, HangsUpAndHandsOver) {
  start();
  turn(1, "bye");
  auto end = reply_end();
  EXPECT_TRUE(end->hang_up);
  EXPECT_EQ(end->transfer, "");
  turn(2, "human");
  end = reply_end();
  EXPECT_FALSE(end->hang_up);
  EXPECT_EQ(end->transfer, "sip:operator");
}

TEST_F(ScriptedLlmTest, AsksAgainButNotAfterSilence) {
  start();
  end_turn(1, true);
  EXPECT_THAT(take(), ElementsAre("Pardon?"));
  turn(2, "what is this");
  EXPECT_THAT(take(), ElementsAre("Once more?"));
  take_events();
  end_turn(3);
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(reply_end()->turn_id, 3u) << "the reply is complete, though it says nothing";
  EXPECT_EQ(stat("not-understood"), 2u);
  EXPECT_EQ(stat("silent"), 1u);
}

TEST_F(ScriptedLlmTest, TextFromAnElementThatKnowsNoTurnsIsATurnEach) {
  start();
  EXPECT_EQ(push("hello"), GST_FLOW_OK);
  EXPECT_THAT(take(), ElementsAre("Hello.", "Nice to hear you.", "What now?"));
  EXPECT_EQ(push("dial one"), GST_FLOW_OK);
  EXPECT_THAT(take(), ElementsAre("Pardon?"));
  EXPECT_EQ(reply_end()->turn_id, 2u);
}

TEST_F(ScriptedLlmTest, TurnEventsCanBeRequiredOrIgnored) {
  start("turn-events=always");
  push("hello");
  EXPECT_THAT(take(), IsEmpty());
  end_turn(1);
  EXPECT_EQ(take().size(), 3u);
  gst_harness_teardown(harness_);
  start("turn-events=never");
  push("hello");
  EXPECT_EQ(take().size(), 3u);
  end_turn(1);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(ScriptedLlmTest, AnUnfinishedTurnIsAnsweredAtTheEndOfTheStream) {
  start("turn-events=always");
  push("bye");
  gst_harness_push_event(harness_, gst_event_new_eos());
  EXPECT_THAT(take(), ElementsAre("Goodbye."));
}

TEST_F(ScriptedLlmTest, AFlushEndsThinkingAtOnce) {
  start("delay=30000000000");
  std::thread asker([&] { turn(1, "hello"); });
  while (stat("turns") == 0) g_usleep(1000);
  const auto before = std::chrono::steady_clock::now();
  gst_harness_push_event(harness_, gst_event_new_flush_start());
  asker.join();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_FALSE(reply_end());
  EXPECT_EQ(stat("aborted"), 1u);
  EXPECT_EQ(dialogue_state(), "lobby") << "nobody heard the reply";
  gst_harness_push_event(harness_, gst_event_new_flush_stop(FALSE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  g_object_set(llm_.get(), "delay", G_GUINT64_CONSTANT(0), nullptr);
  turn(2, "dial three");
  EXPECT_THAT(take(), ElementsAre("Dialling 3."));
}

TEST_F(ScriptedLlmTest, StoppingEndsThinkingToo) {
  start("delay=30000000000");
  std::thread asker([&] { turn(1, "hello"); });
  while (stat("turns") == 0) g_usleep(1000);
  const auto before = std::chrono::steady_clock::now();
  gst_element_set_state(harness_->element, GST_STATE_NULL);
  asker.join();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

TEST_F(ScriptedLlmTest, AFlushForgetsTheQuestion) {
  start("turn-events=always");
  push("bye");
  flush();
  push("hello");
  end_turn(1);
  EXPECT_EQ(take().at(0), "Hello.");
}

TEST_F(ScriptedLlmTest, TheHistoryTakesWhatOthersSaid) {
  start();
  turn(1, "hello");
  gst_harness_push_event(
      harness_, jackfield::make_event(jackfield::History{
                    .from_turn = 1, .said = {{1, false, "hello"}, {1, true, "By another."}}}));
  EXPECT_EQ(history(), R"([{"role":"caller","turn":1,"text":"hello"},)"
                       R"({"role":"agent","turn":1,"text":"By another."}])");
}

TEST_F(ScriptedLlmTest, TheHistoryIsCutToWhatWasHeard) {
  start();
  turn(1, "hello");
  EXPECT_EQ(dialogue_state(), "greeted");
  flush();
  gst_harness_push_event(
      harness_, jackfield::make_event(jackfield::Heard{.turn_id = 1, .text = "Hello. Nice"}));
  EXPECT_EQ(
      history(),
      R"([{"role":"caller","turn":1,"text":"hello"},{"role":"agent","turn":1,"text":"Hello. Nice",)"
      R"("interrupted":true,"full-text":"Hello. Nice to hear you. What now?"}])");
  EXPECT_EQ(dialogue_state(), "greeted");
  take();
  turn(2, "hello");
  EXPECT_THAT(take(), ElementsAre("Hello again."));
  flush();
  gst_harness_push_event(harness_,
                         jackfield::make_event(jackfield::Heard{.turn_id = 2, .text = ""}));
  EXPECT_EQ(stat("interrupted"), 2u);
}

TEST_F(ScriptedLlmTest, AReplyOfWhichNothingWasHeardIsTakenBack) {
  start();
  turn(1, "hello");
  take();
  flush();
  gst_harness_push_event(harness_,
                         jackfield::make_event(jackfield::Heard{.turn_id = 1, .text = ""}));
  EXPECT_EQ(dialogue_state(), "lobby");
  turn(2, "hello");
  EXPECT_EQ(take().at(0), "Hello.");
}

TEST_F(ScriptedLlmTest, MistakesInTheScriptNameFileLineAndColumn) {
  write("{\n  \"intents\": {},\n  \"start\" \"x\"\n}");
  EXPECT_EQ(error_of(path_), std::string(path_) + ":3:11: ':' expected");
  std::string script = kScript;
  script.replace(script.find("\"next\": \"greeted\""), 17, "\"next\": \"nowhere\"");
  write(script);
  EXPECT_EQ(error_of(path_), std::string(path_) + ":7:75: there is no state \"nowhere\"");
  EXPECT_THAT(error_of("/nowhere/script.json"), StartsWith("The script cannot be read: "));
  EXPECT_THAT(error_of(nullptr), HasSubstr("set the property \"script\""));
  write(std::string(2 << 20, ' '));
  EXPECT_THAT(error_of(path_), HasSubstr("at most 1 MiB"));
}

TEST_F(ScriptedLlmTest, AnEndlessQuestionIsBounded) {
  start("turn-events=always");
  for (int i = 0; i < 1000; ++i) push("hello and more of the same");
  end_turn(1);
  EXPECT_THAT(take(), ElementsAre("Pardon?"));
  EXPECT_GT(stat("dropped-bytes"), 20000u);
  EXPECT_LT(history().size(), 5000u);
}

TEST_F(ScriptedLlmTest, BrokenTextIsNotUnderstoodButHarmless) {
  start();
  turn(1, std::string_view("\xFF\xFE\x00hello", 8));
  EXPECT_EQ(take().at(0), "Hello.") << "the words around the broken bytes count";
  turn(2, "\xC3\x28\xF0\x9F");
  take();
  EXPECT_TRUE(g_utf8_validate(history().c_str(), -1, nullptr));
}

TEST_F(ScriptedLlmTest, ANewCallIsANewConversation) {
  start();
  turn(1, "hello");
  EXPECT_EQ(dialogue_state(), "greeted");
  gst_element_set_state(harness_->element, GST_STATE_NULL);
  EXPECT_THAT(history(), HasSubstr("hello")) << "still there to be read after the call";
  gst_harness_play(harness_);
  gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  EXPECT_EQ(history(), "[]");
  EXPECT_EQ(dialogue_state(), "lobby");
  turn(1, "hello");
  take();
}

}  // namespace
