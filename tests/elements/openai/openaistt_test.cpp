#include <gmock/gmock.h>
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include "fake_server.hpp"
#include "gstpp.hpp"
#include "turn_events.hpp"

namespace {

using test_support::FakeServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kKey[] = "sk-test-0123456789";

class OpenAiSttTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void TearDown() override {
    if (!harness_) return;
    gst_element_set_bus(stt_.get(), nullptr);
    gst_harness_teardown(harness_);
  }
  FakeServer& server() {
    if (!server_) server_.emplace("openai_server.py", arguments_);
    return *server_;
  }
  void start(const std::string& settings = "", const std::string& key = kKey) {
    const std::string text =
        "openaistt check-model=false max-retries=0 model=gpt-4o-transcribe base-url=" +
        server().base_url() + " " + settings;
    stt_.reset(
        static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(text.c_str(), nullptr))));
    g_object_set(stt_.get(), "api-key", key.c_str(), nullptr);
    bus_.reset(gst_bus_new());
    gst_element_set_bus(stt_.get(), bus_.get());
    harness_ = gst_harness_new_with_element(stt_.get(), "sink", "src");
    gst_harness_set_src_caps_str(
        harness_, "audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=8000");
  }
  void audio(unsigned ms) {
    for (unsigned done = 0; done < ms; done += 20) {
      const std::vector<std::int16_t> samples(160, static_cast<std::int16_t>(pushed_ & 0x3FFF));
      GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), 320);
      GST_BUFFER_PTS(buffer) = pushed_ * 20 * GST_MSECOND;
      ++pushed_;
      ASSERT_EQ(gst_harness_push(harness_, buffer), GST_FLOW_OK);
    }
  }
  GstClockTime now() const { return pushed_ * 20 * GST_MSECOND; }
  // A turn of so long speech, announced 100 ms late, ended 200 ms late.
  void speak(guint id, unsigned ms) {
    const GstClockTime begin = now();
    audio(100);
    gst_harness_push_event(harness_, jackfield::make_event(jackfield::TurnStart{
                                         .turn_id = id, .speech_start = begin}));
    audio(ms - 100);
    const GstClockTime end = now();
    audio(200);
    gst_harness_push_event(harness_, jackfield::make_event(jackfield::TurnEnd{
                                         .turn_id = id, .speech_end = end, .decided_at = now()}));
  }
  std::optional<jackfield::TurnEnd> wait_end(guint id) {
    for (int i = 0; i < 6000; ++i) {
      const gstpp::EventPtr event{gst_harness_try_pull_event(harness_)};
      if (!event) {
        g_usleep(5'000);
        continue;
      }
      if (const auto end = jackfield::parse_turn_end(event.get()); end && end->turn_id == id)
        return end;
    }
    return std::nullopt;
  }
  std::vector<std::string> take() {
    std::vector<std::string> texts;
    while (GstBuffer* raw = gst_harness_try_pull(harness_)) {
      const gstpp::BufferPtr buffer{raw};
      last_pts_ = GST_BUFFER_PTS(raw);
      gstpp::MappedBuffer map(raw, GST_MAP_READ);
      texts.emplace_back(reinterpret_cast<const char*>(map.data()), map.size());
    }
    return texts;
  }
  std::string error_cause() {
    const gstpp::MessagePtr message{gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ELEMENT)};
    if (!message) return "none";
    const GstStructure* s = gst_message_get_structure(message.get());
    EXPECT_TRUE(gst_structure_has_name(s, "openaistt/error"));
    EXPECT_THAT(gstpp::get_string(s, "text"), Not(HasSubstr("9999")));
    return gstpp::get_string(s, "cause");
  }

  std::vector<std::string> arguments_;
  std::optional<FakeServer> server_;
  gstpp::BusPtr bus_;
  gstpp::ElementPtr stt_;
  GstHarness* harness_ = nullptr;
  guint64 pushed_ = 0;
  GstClockTime last_pts_ = 0;
};

TEST_F(OpenAiSttTest, SendsATurnWithItsBeginningAndGivesItsText) {
  start("language=en prompt=\"Jackfield\"");
  server().script(R"({"transcript":" Hello\n there. "})");
  audio(1000);
  speak(1, 1000);
  const auto end = wait_end(1);
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->not_understood);
  EXPECT_THAT(take(), ElementsAre("Hello there."));
  EXPECT_EQ(last_pts_, 2000 * GST_MSECOND);
  const auto request = server().last_request();
  const auto* parts = request.find("body");
  EXPECT_EQ(parts->find("model")->string, "gpt-4o-transcribe");
  EXPECT_EQ(parts->find("language")->string, "en");
  EXPECT_EQ(parts->find("file")->find("rate")->number, 8000);
  EXPECT_EQ(parts->find("file")->find("frames")->number, 8 * (300 + 1000 + 200));  // with pre-roll
}

TEST_F(OpenAiSttTest, NewerModelsTakeAListOfLanguages) {
  start("language=en model=gpt-transcribe");
  server().script(R"({"transcript":"Hello."})");
  speak(1, 500);
  ASSERT_TRUE(wait_end(1));
  EXPECT_THAT(take(), ElementsAre("Hello."));
  const auto request = server().last_request();
  const auto* parts = request.find("body");
  ASSERT_TRUE(parts->find("languages[]"));
  EXPECT_EQ(parts->find("languages[]")->string, "en");
  EXPECT_FALSE(parts->find("language"));
}

TEST_F(OpenAiSttTest, TurnsKeepTheirOrderHoweverLongTheyTake) {
  start();
  server().script(R"({"transcript":"one","delay_ms":300},{"transcript":"two"})");
  speak(1, 400);
  speak(2, 400);
  ASSERT_TRUE(wait_end(1));
  ASSERT_TRUE(wait_end(2));
  EXPECT_THAT(take(), ElementsAre("one", "two"));
}

TEST_F(OpenAiSttTest, StreamsTheTextAsItIsRecognized) {
  start("stream=true");
  server().script(R"({"transcript":"one two three four","gap_ms":30})");
  speak(1, 400);
  ASSERT_TRUE(wait_end(1));
  EXPECT_THAT(take(), ElementsAre("one two three four"));
  std::vector<std::string> interims;
  bool final_seen = false;
  while (GstEvent* raw = gst_harness_try_pull_upstream_event(harness_)) {
    const gstpp::EventPtr event{raw};
    const auto interim = jackfield::parse_interim(raw);
    if (!interim) continue;
    interims.push_back(interim->text);
    final_seen = interim->is_final;
  }
  EXPECT_GT(interims.size(), 1u);
  EXPECT_EQ(interims.back(), "one two three four");
  EXPECT_TRUE(final_seen);
}

TEST_F(OpenAiSttTest, FailuresAreToldAndTheTurnIsNotUnderstood) {
  start();
  const struct {
    const char* step;
    const char* cause;
  } cases[] = {
      {R"({"status":429,"error":{"error":{"code":"insufficient_quota","message":"m"}}})", "quota"},
      {R"({"status":404,"error":"File Not Found"})", "request"},
      {R"({"status":503,"error":{}})", "server"},
      {R"({"status":200,"error":"no JSON"})", "protocol"},
      {R"({"transcript":"[BLANK_AUDIO]"})", "none"}};
  guint id = 0;
  for (const auto& c : cases) {
    server().script(c.step);
    speak(++id, 400);
    const auto end = wait_end(id);
    ASSERT_TRUE(end);
    EXPECT_TRUE(end->not_understood);
    EXPECT_EQ(error_cause(), c.cause) << c.step;
  }
  EXPECT_THAT(take(), IsEmpty());
  speak(++id, 400);
  ASSERT_TRUE(wait_end(id));
  EXPECT_THAT(take(), ElementsAre("hello"));
}

TEST_F(OpenAiSttTest, AWrongKeyIsNamedAndNotShown) {
  start("", "sk-wrong-9999");
  speak(1, 400);
  ASSERT_TRUE(wait_end(1));
  EXPECT_EQ(error_cause(), "key");
}

TEST_F(OpenAiSttTest, ServersOfOthersAndShortTurns) {
  arguments_ = {"--compatible"};
  start("model=\"\"", "");
  server().script(R"({"transcript":" Yes.\n"})");
  gst_harness_push_event(
      harness_, jackfield::make_event(jackfield::TurnStart{.turn_id = 1, .speech_start = 0}));
  gst_harness_push_event(harness_,
                         jackfield::make_event(jackfield::TurnEnd{.turn_id = 1, .speech_end = 0}));
  ASSERT_TRUE(wait_end(1));
  EXPECT_THAT(take(), ElementsAre("Yes."));
  EXPECT_FALSE(server().last_request().find("body")->find("model"));
  EXPECT_EQ(server().last_request().find("body")->find("file")->find("frames")->number, 1600);
}

TEST_F(OpenAiSttTest, AFlushForgetsTheTurn) {
  start();
  server().script(R"({"transcript":"old","delay_ms":60000})");
  speak(1, 400);
  for (int i = 0; i < 3000 && server().requests().empty(); ++i) g_usleep(5'000);
  gst_harness_push_event(harness_, gst_event_new_flush_start());
  gst_harness_push_event(harness_, gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  speak(2, 400);
  ASSERT_TRUE(wait_end(2));
  EXPECT_THAT(take(), ElementsAre("hello"));
}

TEST_F(OpenAiSttTest, WithoutTurnEventsTheStreamIsATurn) {
  start();
  audio(600);
  gst_harness_push_event(harness_, gst_event_new_eos());
  for (int i = 0; i < 6000 && gst_harness_buffers_in_queue(harness_) == 0; ++i) g_usleep(5'000);
  EXPECT_THAT(take(), ElementsAre("hello"));
}

TEST_F(OpenAiSttTest, LongTurnsAreBounded) {
  start("max-turn=1000000000");
  speak(1, 5000);
  ASSERT_TRUE(wait_end(1));
  EXPECT_EQ(server().last_request().find("body")->find("file")->find("frames")->number, 8000);
}

}  // namespace
