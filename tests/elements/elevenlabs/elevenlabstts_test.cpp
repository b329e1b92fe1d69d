// elevenlabstts against the fake of ElevenLabs, over real sockets.
#include <gmock/gmock.h>
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <mutex>
#include <thread>

#include "fake_service.hpp"
#include "gstpp.hpp"
#include "turn_events.hpp"

namespace {

using test_support::FakeService;
using ::testing::ElementsAre;

constexpr int kCharacterMs = 60;  // as the fake speaks

class TtsElement {
 public:
  explicit TtsElement(const FakeService& fake, const std::string& more = "") {
    gst_init(nullptr, nullptr);
    const std::string description =
        "elevenlabstts api-key=test-key voice=test-voice output-format=pcm_8000 base-url=" +
        fake.url() + " " + more;
    harness_ = gst_harness_new_parse(description.c_str());
    element_ = gst_harness_find_element(harness_, "elevenlabstts");
    bus_.reset(gst_bus_new());
    gst_element_set_bus(element_, bus_.get());
    gst_harness_use_systemclock(harness_);
    gst_pad_add_probe(GST_PAD_PEER(harness_->sinkpad),
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                   GST_PAD_PROBE_TYPE_BUFFER),
                      on_downstream, this, nullptr);
    gst_harness_set_src_caps_str(harness_, "text/x-raw,format=utf8");
  }
  ~TtsElement() {
    gst_element_set_bus(element_, nullptr);
    gst_object_unref(element_);
    gst_harness_teardown(harness_);
  }
  TtsElement(const TtsElement&) = delete;
  TtsElement& operator=(const TtsElement&) = delete;

  void say(const std::string& text) {
    flow_ = gst_harness_push(harness_, gst_buffer_new_memdup(text.data(), text.size()));
  }
  void end(unsigned id) {
    gst_harness_push_event(harness_, jackfield::make_event(jackfield::ReplyEnd{.turn_id = id}));
  }
  void flush() {
    gst_harness_push_event(harness_, gst_event_new_flush_start());
    gst_harness_push_event(harness_, gst_event_new_flush_stop(FALSE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  }
  template <typename F>
  bool wait(F&& condition) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  bool wait_ends(std::size_t count) {
    return wait([&] { return ends().size() >= count; });
  }
  // Turn ids of VoiceReplyEnd, each with the bytes of audio before it.
  std::vector<std::pair<unsigned, std::size_t>> ends() {
    const std::lock_guard lock(mutex_);
    return ends_;
  }
  std::size_t bytes() {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  // Bytes before each place from which on nothing tells what is said.
  std::vector<std::size_t> unknown() {
    const std::lock_guard lock(mutex_);
    return unknown_;
  }
  std::vector<std::string> words() {
    const std::lock_guard lock(mutex_);
    return words_;
  }
  // Of each word, where it begins in all audio, in ms.
  std::vector<int> word_starts() {
    const std::lock_guard lock(mutex_);
    return word_starts_;
  }
  std::string complaint() {
    const std::lock_guard lock(mutex_);
    return complaint_;
  }
  std::string caps() {
    gstpp::CapsPtr caps{gst_pad_get_current_caps(harness_->sinkpad)};
    if (!caps) return "";
    const gstpp::CharPtr text{gst_caps_to_string(caps.get())};
    return text.get();
  }
  std::string wait_cause() {
    gstpp::MessagePtr message{
        gst_bus_timed_pop_filtered(bus_.get(), 20 * GST_SECOND, GST_MESSAGE_ELEMENT)};
    if (!message || !gst_message_has_name(message.get(), "elevenlabstts/error")) return "none";
    return gstpp::get_string(gst_message_get_structure(message.get()), "cause");
  }
  guint64 stat(const char* field) {
    GstStructure* raw = nullptr;
    g_object_get(element_, "stats", &raw, nullptr);
    const gstpp::StructurePtr stats{raw};
    guint64 value = 0;
    EXPECT_TRUE(gst_structure_get_uint64(raw, field, &value)) << field;
    return value;
  }
  bool connected() {
    GstStructure* raw = nullptr;
    g_object_get(element_, "stats", &raw, nullptr);
    const gstpp::StructurePtr stats{raw};
    return gstpp::get_bool(raw, "connected", false);
  }
  GstElement* element() { return element_; }
  GstHarness* harness() { return harness_; }
  GstFlowReturn flow() const { return flow_; }
  bool eos() {
    const std::lock_guard lock(mutex_);
    return eos_;
  }

 private:
  static GstPadProbeReturn on_downstream(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto& self = *static_cast<TtsElement*>(data);
    const std::lock_guard lock(self.mutex_);
    if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
      GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
      for (const auto& word : jackfield::get_words(buffer)) {
        self.words_.push_back(word.text);
        self.word_starts_.push_back(static_cast<int>(
            (self.bytes_ / 16) + static_cast<std::size_t>(word.offset / GST_MSECOND)));
      }
      if (const auto sentence = jackfield::get_sentence(buffer)) {
        self.unknown_.push_back(self.bytes_);
        if (!sentence->text.empty()) self.complaint_ = "a sentence is told";
      }
      if (GST_BUFFER_DURATION(buffer) > 20 * GST_MSECOND) self.complaint_ = "a piece is too long";
      if (gst_buffer_get_size(buffer) % 2) self.complaint_ = "half a sample";
      if (self.last_end_ != GST_CLOCK_TIME_NONE && GST_BUFFER_PTS(buffer) < self.last_end_) {
        self.complaint_ = "time goes back";
      }
      self.last_end_ = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
      self.bytes_ += gst_buffer_get_size(buffer);
      return GST_PAD_PROBE_OK;
    }
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (const auto end = jackfield::parse_reply_end(event)) {
      self.ends_.emplace_back(end->turn_id, self.bytes_);
    } else if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
      self.eos_ = true;
    }
    return GST_PAD_PROBE_OK;
  }

  GstHarness* harness_;
  GstElement* element_;
  gstpp::BusPtr bus_;
  GstFlowReturn flow_ = GST_FLOW_OK;
  std::mutex mutex_;
  std::vector<std::pair<unsigned, std::size_t>> ends_;
  std::vector<std::string> words_;
  std::vector<std::size_t> unknown_;
  std::vector<int> word_starts_;
  std::size_t bytes_ = 0;
  GstClockTime last_end_ = GST_CLOCK_TIME_NONE;
  std::string complaint_;
  bool eos_ = false;
};

// The audio of a text with its space, 8 kHz, 16 bits.
std::size_t audio_of(const std::string& text) { return (text.size() + 1) * kCharacterMs * 16; }

class ElevenlabsTtsTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ElevenlabsTtsTest, RepliesBecomeAudioWithWords) {
  FakeService fake("elevenlabs");
  TtsElement tts(fake, GetParam());
  tts.say("Good morning.");
  tts.say("How are you?");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  tts.say("Fine.");
  tts.end(2);
  ASSERT_TRUE(tts.wait_ends(2));
  const std::size_t first = audio_of("Good morning.") + audio_of("How are you?");
  EXPECT_THAT(tts.ends(),
              ElementsAre(std::pair{1U, first}, std::pair{2U, first + audio_of("Fine.")}));
  EXPECT_THAT(tts.words(), ElementsAre("Good", "morning.", "How", "are", "you?", "Fine."));
  EXPECT_THAT(tts.word_starts(),
              ElementsAre(0, 5 * kCharacterMs, 14 * kCharacterMs, 18 * kCharacterMs,
                          22 * kCharacterMs, 27 * kCharacterMs));
  EXPECT_EQ(tts.complaint(), "");
  EXPECT_TRUE(fake.logged({R"("kind": "violation")"}).empty());
  EXPECT_EQ(tts.stat("failures"), 0U);
}

INSTANTIATE_TEST_SUITE_P(Apis, ElevenlabsTtsTest,
                         ::testing::Values("", "auto-mode=false", "api=stream-input",
                                           "api=stream-input auto-mode=false"));

TEST(ElevenlabsTtsElementTest, MulawComesOutAsItIs) {
  FakeService fake("elevenlabs");
  TtsElement tts(fake, "output-format=ulaw_8000");
  tts.say("Hello.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.ends()[0].second, audio_of("Hello.") / 2);
  EXPECT_EQ(tts.caps(), "audio/x-mulaw, rate=(int)8000, channels=(int)1");
  EXPECT_EQ(fake.logged({R"(["output_format", "ulaw_8000"])"}).size(), 1U);
}

TEST(ElevenlabsTtsElementTest, MessagesMayEndWithinASample) {
  FakeService fake("elevenlabs", R"({"odd_bytes": true})");
  TtsElement tts(fake);
  tts.say("Nobody cuts words like this one does.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  // The fake keeps the last byte, when it cut the last message.
  EXPECT_GE(tts.bytes() + 2, audio_of("Nobody cuts words like this one does."));
  EXPECT_EQ(tts.complaint(), "");
}

TEST(ElevenlabsTtsElementTest, WithoutAlignmentThereAreNoWords) {
  FakeService fake("elevenlabs", R"({"no_alignment": true})");
  TtsElement tts(fake);
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("Good morning."));
  EXPECT_TRUE(tts.words().empty());
}

TEST(ElevenlabsTtsElementTest, WhereTheAlignmentIsMissingItSaysSo) {
  // Messages of 7 characters, 60 ms each; the second and the third of them have none.
  FakeService fake("elevenlabs", R"({"no_alignment": [1, 2]})");
  TtsElement tts(fake);
  tts.say("Well, good morning to you all.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("Well, good morning to you all."));
  EXPECT_EQ(tts.unknown(), std::vector<std::size_t>{7 * kCharacterMs * 16});
  EXPECT_EQ(tts.words().front(), "Well,");
  EXPECT_EQ(tts.complaint(), "");
}

TEST(ElevenlabsTtsElementTest, AnInterruptionDropsWhatStillComes) {
  FakeService fake("elevenlabs", R"({"connections": [{"pace": 0.05}]})");
  TtsElement tts(fake);
  tts.say("This is a very long sentence that nobody will ever hear to its end.");
  ASSERT_TRUE(tts.wait([&] { return tts.bytes() > 0; }));
  tts.flush();
  const std::size_t before = tts.bytes();
  tts.say("Yes?");
  tts.end(2);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.ends()[0], (std::pair{2U, before + audio_of("Yes?")}));
  EXPECT_EQ(tts.words().back(), "Yes?");
  EXPECT_GT(tts.stat("audio-late"), 0U);
  EXPECT_EQ(tts.stat("connections"), 1U);
  EXPECT_TRUE(fake.logged({R"("kind": "violation")"}).empty());
}

TEST(ElevenlabsTtsElementTest, AnInterruptionOfASingleReplyConnection) {
  FakeService fake("elevenlabs", R"({"connections": [{"pace": 0.05}, {}]})");
  TtsElement tts(fake, "api=stream-input");
  tts.say("This is a very long sentence that nobody will ever hear to its end.");
  ASSERT_TRUE(tts.wait([&] { return tts.bytes() > 0; }));
  tts.flush();
  const std::size_t before = tts.bytes();
  tts.say("Yes?");
  tts.end(2);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.ends()[0], (std::pair{2U, before + audio_of("Yes?")}));
}

TEST(ElevenlabsTtsElementTest, ABreakInMidReplyIsSpokenOn) {
  FakeService fake("elevenlabs", R"({"connections": [{"cut_after_messages": 3}, {}]})");
  TtsElement tts(fake);
  tts.say("One two three four five six seven eight.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  // Cut in "five": that word is begun anew, nothing else is said twice.
  EXPECT_THAT(tts.words(),
              ElementsAre("One", "two", "three", "four", "five", "five", "six", "seven", "eight."));
  EXPECT_EQ(tts.stat("connections"), 2U);
  EXPECT_EQ(tts.wait_cause(), "lost");
}

TEST(ElevenlabsTtsElementTest, AWrongKeyIsNamedAndTheReplyEnds) {
  FakeService fake("elevenlabs", R"({"key": "another"})");
  TtsElement tts(fake);
  EXPECT_EQ(tts.wait_cause(), "unauthorized");
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.ends()[0].second, 0U);
  EXPECT_EQ(tts.flow(), GST_FLOW_OK);
}

TEST(ElevenlabsTtsElementTest, NoCreditIsNamedAndTheReplyEnds) {
  FakeService fake("elevenlabs", R"({"quota_after_characters": 20})");
  TtsElement tts(fake);
  ASSERT_TRUE(tts.wait([&] { return tts.connected(); }));
  tts.say("Good morning.");
  tts.say("And now for something else.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.wait_cause(), "quota_exceeded");
  EXPECT_EQ(tts.bytes(), audio_of("Good morning."));
}

TEST(ElevenlabsTtsElementTest, ASilentServiceEndsTheReplyInTime) {
  FakeService fake("elevenlabs", R"({"connections": [{"delay": 5}]})");
  TtsElement tts(fake, "audio-timeout=300000000");
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), 0U);
  EXPECT_EQ(tts.stat("timeouts"), 1U);
  EXPECT_EQ(tts.wait_cause(), "timeout");
}

TEST(ElevenlabsTtsElementTest, AMessageThatIsNoneIsCounted) {
  FakeService fake("elevenlabs", R"({"connections": [{"malformed": ["", "{", "[]", "{}",
                                     "{\"audio\":\"%%%\"}"]}]})");
  TtsElement tts(fake);
  tts.say("Hello.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("Hello."));
  EXPECT_EQ(tts.stat("malformed"), 5U);
}

TEST(ElevenlabsTtsElementTest, IsKeptAliveBetweenReplies) {
  FakeService fake("elevenlabs", R"({"idle_timeout": 12})");
  TtsElement tts(fake);
  ASSERT_TRUE(fake.wait_logged({R"(\"text\":\"\",\"context_id\":\"r1\")"}));
  tts.say("Hello.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.stat("connections"), 1U);
}

TEST(ElevenlabsTtsElementTest, TheEndOfTheStreamWaitsForTheAudio) {
  FakeService fake("elevenlabs");
  TtsElement tts(fake);
  tts.say("Hello.");
  gst_harness_push_event(tts.harness(), gst_event_new_eos());
  ASSERT_TRUE(tts.wait([&] { return tts.eos(); }));
  EXPECT_EQ(tts.bytes(), audio_of("Hello."));
}

TEST(ElevenlabsTtsElementTest, IsReusable) {
  FakeService fake("elevenlabs");
  TtsElement tts(fake);
  tts.say("Hello.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  for (int i = 0; i < 5; ++i) {
    gst_element_set_state(tts.element(), GST_STATE_NULL);
    gst_element_set_state(tts.element(), GST_STATE_PLAYING);
  }
  EXPECT_EQ(tts.stat("replies"), 1U);
  EXPECT_TRUE(fake.wait_logged({"close_socket"}));
}

TEST(ElevenlabsTtsElementTest, WithoutAVoiceItDoesNotStart) {
  gst_init(nullptr, nullptr);
  gstpp::ElementPtr element = gstpp::make_element("elevenlabstts");
  ASSERT_TRUE(element);
  EXPECT_EQ(gst_element_set_state(element.get(), GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  gst_element_set_state(element.get(), GST_STATE_NULL);
}

}  // namespace
