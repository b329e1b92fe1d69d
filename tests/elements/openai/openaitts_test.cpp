#include <gmock/gmock.h>
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "fake_server.hpp"
#include "gstpp.hpp"
#include "turn_events.hpp"

namespace {

using test_support::FakeServer;
using testing::HasSubstr;
using testing::Not;

constexpr char kKey[] = "sk-test-0123456789";

class OpenAiTtsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void TearDown() override {
    if (!harness_) return;
    gst_element_set_bus(tts_.get(), nullptr);
    gst_harness_teardown(harness_);
  }
  void start(const std::string& settings = "", const std::string& key = kKey) {
    const std::string text =
        "openaitts check-model=false max-retries=0 model=gpt-4o-mini-tts base-url=" +
        server_.base_url() + " " + settings;
    tts_.reset(
        static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(text.c_str(), nullptr))));
    g_object_set(tts_.get(), "api-key", key.c_str(), nullptr);
    bus_.reset(gst_bus_new());
    gst_element_set_bus(tts_.get(), bus_.get());
    harness_ = gst_harness_new_with_element(tts_.get(), "sink", "src");
    gst_harness_use_testclock(harness_);
    gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  }
  GstFlowReturn say(std::string_view text) {
    return gst_harness_push(harness_, gst_buffer_new_memdup(text.data(), text.size()));
  }
  std::string take() {
    std::string audio;
    GstClockTime next = GST_CLOCK_TIME_NONE;
    while (GstBuffer* raw = gst_harness_try_pull(harness_)) {
      const gstpp::BufferPtr buffer{raw};
      EXPECT_LE(GST_BUFFER_DURATION(raw), 20 * GST_MSECOND);
      if (GST_CLOCK_TIME_IS_VALID(next)) {
        EXPECT_EQ(GST_BUFFER_PTS(raw), next);
      }
      next = GST_BUFFER_PTS(raw) + GST_BUFFER_DURATION(raw);
      gstpp::MappedBuffer map(raw, GST_MAP_READ);
      audio.append(reinterpret_cast<const char*>(map.data()), map.size());
    }
    return audio;
  }
  // What the fake sings for a text: 20 ms of 440 Hz for each character.
  static std::string tone(std::size_t samples) {
    std::string audio;
    for (std::size_t i = 0; i < samples; ++i) {
      const auto v = static_cast<std::int16_t>(
          8000 * std::sin(2 * M_PI * 440 * static_cast<double>(i) / 24000));
      audio.append(reinterpret_cast<const char*>(&v), 2);
    }
    return audio;
  }
  std::string error_cause() {
    const gstpp::MessagePtr message{gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ELEMENT)};
    if (!message) return "none";
    const GstStructure* s = gst_message_get_structure(message.get());
    EXPECT_TRUE(gst_structure_has_name(s, "openaitts/error"));
    EXPECT_THAT(gstpp::get_string(s, "text"), Not(HasSubstr("9999")));
    return gstpp::get_string(s, "cause");
  }
  guint64 stat(const char* name) {
    GstStructure* stats = nullptr;
    g_object_get(tts_.get(), "stats", &stats, nullptr);
    const gstpp::StructurePtr owner{stats};
    return gstpp::get_uint64(stats, name, G_MAXUINT64);
  }

  FakeServer server_{"openai_server.py"};
  gstpp::BusPtr bus_;
  gstpp::ElementPtr tts_;
  GstHarness* harness_ = nullptr;
};

TEST_F(OpenAiTtsTest, EverySampleArrives) {
  start("voice=marin instructions=\"Be calm.\" speed=1.25");
  server_.script(R"({"audio":"odd"})");
  EXPECT_EQ(say("Hello, **you**."), GST_FLOW_OK);
  EXPECT_EQ(take(), tone(480 * 11));
  const auto request = server_.last_request();
  const auto* body = request.find("body");
  EXPECT_EQ(body->find("input")->string, "Hello, you.");
  EXPECT_EQ(body->find("voice")->string, "marin");
  EXPECT_EQ(body->find("response_format")->string, "pcm");
  EXPECT_EQ(body->find("speed")->number, 1.25);
  const gstpp::CapsPtr caps{gst_pad_get_current_caps(harness_->sinkpad)};
  int rate = 0;
  gst_structure_get_int(gst_caps_get_structure(caps.get(), 0), "rate", &rate);
  EXPECT_EQ(rate, 24000);
  EXPECT_EQ(stat("audio-duration"), 220 * GST_MSECOND);
  EXPECT_GT(stat("time-to-first-audio"), 0u);
}

TEST_F(OpenAiTtsTest, AudioIsPushedBeforeItIsComplete) {
  start();
  server_.script(R"({"hang_after":2,"audio":{"ms":2000}})");
  std::thread speaker([&] { EXPECT_EQ(say("Hello."), GST_FLOW_FLUSHING); });
  for (int i = 0; i < 3000 && gst_harness_buffers_received(harness_) < 10; ++i) g_usleep(10'000);
  EXPECT_EQ(gst_harness_buffers_received(harness_), 10u);  // two pieces of 100 ms
  const gint64 before = g_get_monotonic_time();
  gst_harness_push_event(harness_, gst_event_new_flush_start());
  speaker.join();
  EXPECT_LT(g_get_monotonic_time() - before, 2 * G_TIME_SPAN_SECOND);
  gst_harness_push_event(harness_, gst_event_new_flush_stop(FALSE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  EXPECT_EQ(stat("aborted"), 1u);
  take();
  EXPECT_EQ(say("Again."), GST_FLOW_OK);
  EXPECT_EQ(take(), tone(480 * 6));
}

TEST_F(OpenAiTtsTest, FailuresAreToldAndTheCallGoesOn) {
  start();
  const struct {
    const char* step;
    const char* cause;
  } cases[] = {
      {R"({"status":429,"error":{"error":{"code":"insufficient_quota","message":"m"}}})", "quota"},
      {R"({"status":500,"error":"x"})", "server"},
      {R"({"audio":{"ms":0}})", "protocol"},
      {R"({"cut_after":0,"audio":{"ms":500},"headers":{"X":"y"}})", "protocol"}};
  for (const auto& c : cases) {
    server_.script(c.step);
    EXPECT_EQ(say("Hello."), GST_FLOW_OK);
    EXPECT_EQ(error_cause(), c.cause) << c.step;
    EXPECT_EQ(error_cause(), "none");
  }
  take();
  EXPECT_EQ(say("Hello."), GST_FLOW_OK);
  EXPECT_EQ(take().size(), tone(480 * 6).size());
  EXPECT_EQ(stat("failed"), 4u);
}

TEST_F(OpenAiTtsTest, AWrongKeyIsNamedAndNotShown) {
  start("", "sk-wrong-9999");
  EXPECT_EQ(say("Hello."), GST_FLOW_OK);
  EXPECT_EQ(error_cause(), "key");
}

TEST_F(OpenAiTtsTest, LongTextsAreManyRequestsAndNothingIsNone) {
  start();
  std::string text;
  for (int i = 0; i < 40; ++i) text += "This is sentence number " + std::to_string(i) + ". ";
  EXPECT_EQ(say(text), GST_FLOW_OK);
  EXPECT_EQ(server_.requests().size(), 40u);
  take();
  for (const char* nothing : {" \n", "...", "**", "\xF0\x9F\x98\x80"})
    EXPECT_EQ(say(nothing), GST_FLOW_OK);
  EXPECT_EQ(take(), "");
  EXPECT_EQ(server_.requests().size(), 40u);
}

TEST_F(OpenAiTtsTest, TellsWhichSentenceBegins) {
  start();
  EXPECT_EQ(say("Good **morning**. How are you?"), GST_FLOW_OK);
  EXPECT_EQ(say("..."), GST_FLOW_OK);
  EXPECT_EQ(say("Bye."), GST_FLOW_OK);
  std::vector<std::string> sentences;
  int pieces = 0;
  while (GstBuffer* raw = gst_harness_try_pull(harness_)) {
    const gstpp::BufferPtr buffer{raw};
    ++pieces;
    if (const auto sentence = jackfield::get_sentence(raw)) {
      sentences.push_back(sentence->text);
      EXPECT_EQ(sentence->offset, 0u);
    }
  }
  EXPECT_THAT(sentences, testing::ElementsAre("Good morning.", "How are you?", "Bye."));
  EXPECT_GT(pieces, 3);
}

TEST_F(OpenAiTtsTest, ReplyEndsPassBehindTheAudio) {
  start();
  say("Hello.");
  gst_harness_push_event(harness_, jackfield::make_event(jackfield::ReplyEnd{.turn_id = 3}));
  guint found = 0;
  while (GstEvent* raw = gst_harness_try_pull_event(harness_)) {
    const gstpp::EventPtr event{raw};
    if (const auto end = jackfield::parse_reply_end(raw)) found = end->turn_id;
  }
  EXPECT_EQ(found, 3u);
}

TEST_F(OpenAiTtsTest, TheSecondRequestSpeaksForAFirstThatStalls) {
  server_.script(R"({"delay_ms":30000})");
  start("hedge-after=50000000");
  const gint64 before = g_get_monotonic_time();
  EXPECT_EQ(say("Hello."), GST_FLOW_OK);
  EXPECT_LT(g_get_monotonic_time() - before, 25 * G_TIME_SPAN_SECOND);
  EXPECT_EQ(take(), tone(6 * 480));
  EXPECT_EQ(error_cause(), "none");
  EXPECT_EQ(stat("hedges"), 1u);
  EXPECT_EQ(stat("hedges-won"), 1u);
  EXPECT_TRUE(server_.cancelled(0));
  EXPECT_EQ(say("Bye."), GST_FLOW_OK);
  EXPECT_EQ(take(), tone(4 * 480));
  EXPECT_EQ(stat("hedges"), 1u);
}

TEST_F(OpenAiTtsTest, HeadersOfOnesOwnAreSent) {
  start("headers=\"headers,x-team=(string)desk\"");
  say("Hello.");
  EXPECT_EQ(server_.requests().at(0).find("headers")->find("x-team")->string, "desk");
}

}  // namespace
