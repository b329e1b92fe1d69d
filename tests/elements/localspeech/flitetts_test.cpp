#include <gst/audio/audio.h>
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "gstpp.hpp"
#include "turn_events.hpp"

namespace {

using gstpp::BufferPtr;

struct Spoken {
  std::vector<gint16> samples;
  std::vector<jackfield::Word> words;  // offsets from the first sample
  std::vector<BufferPtr> buffers;
};

class FliteTtsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void SetUp() override {
    harness_ = gst_harness_new("flitetts");
    ASSERT_TRUE(harness_);
    gst_harness_use_testclock(harness_);
    gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  }
  void TearDown() override { gst_harness_teardown(harness_); }

  void set(const char* name, const char* value) {
    gst_util_set_object_arg(G_OBJECT(harness_->element), name, value);
  }
  GstFlowReturn say(std::string_view text) {
    GstBuffer* buffer =
        text.empty() ? gst_buffer_new() : gst_buffer_new_memdup(text.data(), text.size());
    return gst_harness_push(harness_, buffer);
  }
  int rate() {
    gstpp::CapsPtr caps{gst_pad_get_current_caps(harness_->sinkpad)};
    GstAudioInfo info;
    EXPECT_TRUE(caps && gst_audio_info_from_caps(&info, caps.get()));
    return GST_AUDIO_INFO_RATE(&info);
  }
  Spoken take() {
    Spoken spoken;
    while (GstBuffer* raw = gst_harness_try_pull(harness_)) {
      const GstClockTime start = gst_util_uint64_scale(spoken.samples.size(), GST_SECOND, rate());
      for (auto word : jackfield::get_words(raw)) {
        word.offset += start;
        spoken.words.push_back(word);
      }
      gstpp::MappedBuffer map(raw, GST_MAP_READ);
      const auto samples = map.as<gint16>();
      spoken.samples.insert(spoken.samples.end(), samples.begin(), samples.end());
      spoken.buffers.emplace_back(raw);
    }
    return spoken;
  }
  Spoken speak(std::string_view text) {
    EXPECT_EQ(say(text), GST_FLOW_OK);
    return take();
  }
  gstpp::StructurePtr stats() {
    GstStructure* stats = nullptr;
    g_object_get(harness_->element, "stats", &stats, nullptr);
    return gstpp::StructurePtr{stats};
  }
  guint64 stat(const char* name) { return gstpp::get_uint64(stats().get(), name, G_MAXUINT64); }

  GstHarness* harness_ = nullptr;
};

// In dB of full scale, over the part of the audio that is speech.
double level(std::span<const gint16> samples) {
  double sum = 0;
  std::size_t n = 0;
  for (std::size_t at = 0; at + 160 <= samples.size(); at += 160) {
    double frame = 0;
    for (const gint16 s : samples.subspan(at, 160)) frame += double{1} * s * s;
    if (frame / 160 < 300.0 * 300.0) continue;
    sum += frame;
    n += 160;
  }
  return n ? 10 * std::log10(sum / static_cast<double>(n)) - 20 * std::log10(32768.0) : -100;
}

double rms(std::span<const gint16> samples) {
  double sum = 0;
  for (const gint16 s : samples) sum += double{1} * s * s;
  return samples.empty() ? 0 : std::sqrt(sum / static_cast<double>(samples.size()));
}

std::span<const gint16> part(const Spoken& spoken, int rate, GstClockTime from, GstClockTime to) {
  const auto index = [&](GstClockTime t) {
    return std::min<std::size_t>(gst_util_uint64_scale(t, rate, GST_SECOND), spoken.samples.size());
  };
  return std::span{spoken.samples}.subspan(index(from), index(to) - index(from));
}

constexpr char kSentence[] =
    "Hello, you have reached the reception desk. How can I help you today?";

TEST_F(FliteTtsTest, AnswersCapsWithItsOwnAtOnce) {
  EXPECT_EQ(rate(), 16000);
  set("voice", "kal");
  gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  EXPECT_EQ(rate(), 8000);
}

TEST_F(FliteTtsTest, SpeaksInPiecesOfAtMost20Milliseconds) {
  const Spoken spoken = speak(kSentence);
  ASSERT_GT(spoken.buffers.size(), 100u);
  GstClockTime end = 0;
  for (std::size_t i = 0; i < spoken.buffers.size(); ++i) {
    GstBuffer* buffer = spoken.buffers[i].get();
    EXPECT_LE(GST_BUFFER_DURATION(buffer), 20 * GST_MSECOND);
    EXPECT_EQ(gst_buffer_get_size(buffer) / 2,
              gst_util_uint64_scale_int_round(GST_BUFFER_DURATION(buffer), rate(), GST_SECOND));
    EXPECT_EQ(GST_BUFFER_PTS(buffer), end) << "no hole and no overlap at buffer " << i;
    EXPECT_EQ(GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT), i == 0);
    end = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
  }
  EXPECT_GT(end, 3 * GST_SECOND);
  EXPECT_LT(end, 8 * GST_SECOND);
}

TEST_F(FliteTtsTest, EveryVoiceSpeaksAtTheSameLevelAndNeverClips) {
  for (const char* voice : {"slt", "rms", "awb", "kal16", "kal"}) {
    set("voice", voice);
    const Spoken spoken = speak(kSentence);
    const auto seconds = static_cast<double>(spoken.samples.size()) / rate();
    EXPECT_GT(seconds, 3.0) << voice;
    EXPECT_LT(seconds, 8.0) << voice;
    EXPECT_NEAR(level(spoken.samples), -19.5, 2.0) << voice;
    int peak = 0;
    std::size_t loud = 0;
    for (const int s : spoken.samples) {
      peak = std::max(peak, std::abs(s));
      loud += std::abs(s) > 31000;
    }
    EXPECT_LT(peak, 32767) << voice;
    EXPECT_LT(loud, spoken.samples.size() / 1000) << voice << ": hardly ever near full scale";
    EXPECT_EQ(spoken.words.size(), 13u) << voice;
    set("voice", "slt");
  }
}

TEST_F(FliteTtsTest, WordsComeInOrderWithTheirText) {
  const Spoken spoken = speak(kSentence);
  std::string text;
  GstClockTime end = 0;
  for (const auto& word : spoken.words) {
    text += (text.empty() ? "" : " ") + word.text;
    EXPECT_GE(word.offset + GST_MSECOND, end) << word.text;
    EXPECT_GT(word.duration, 40 * GST_MSECOND) << word.text;
    end = word.offset + word.duration;
  }
  EXPECT_EQ(text, kSentence);
  EXPECT_LE(end, gst_util_uint64_scale(spoken.samples.size(), GST_SECOND, rate()));
}

TEST_F(FliteTtsTest, WordsLieWhereTheSoundIs) {
  for (const char* voice : {"slt", "rms", "awb", "kal16", "kal"}) {
    set("voice", voice);
    // The commas make pauses: sound within the words, quiet between them.
    const Spoken spoken = speak("Banana, window, yellow, memory.");
    ASSERT_EQ(spoken.words.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
      const auto& word = spoken.words[i];
      const double loud = rms(part(spoken, rate(), word.offset, word.offset + word.duration));
      EXPECT_GT(loud, 1000) << voice << " " << word.text;
      if (i == 3) continue;
      const GstClockTime from = word.offset + word.duration;
      const GstClockTime to = spoken.words[i + 1].offset;
      ASSERT_GT(to, from + 40 * GST_MSECOND) << voice << " " << word.text;
      const GstClockTime margin = (to - from) / 4;  // sounds fade in and out
      EXPECT_LT(rms(part(spoken, rate(), from + margin, to - margin)), loud / 3)
          << voice << " " << word.text;
    }
  }
}

TEST_F(FliteTtsTest, HardlyAnySilenceBeforeTheFirstWordOfAReply) {
  const Spoken trimmed = speak("Hello.");
  ASSERT_EQ(trimmed.words.size(), 1u);
  EXPECT_NEAR(static_cast<double>(trimmed.words[0].offset), 20e6, 2e6);
  // A second reply, after a flush, keeps all of its silence when asked to.
  gst_harness_push_event(harness_, gst_event_new_flush_start());
  gst_harness_push_event(harness_, gst_event_new_flush_stop(FALSE));
  set("leading-silence", "1000000000");
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  const Spoken whole = speak("Hello.");
  EXPECT_GT(whole.words.at(0).offset, 100 * GST_MSECOND);
}

TEST_F(FliteTtsTest, SentencesFollowEachOtherAndALateOneStartsNow) {
  const Spoken first = speak("First.");
  const Spoken second = speak("Second.");
  const GstBuffer* last = first.buffers.back().get();
  EXPECT_EQ(GST_BUFFER_PTS(second.buffers[0].get()),
            GST_BUFFER_PTS(last) + GST_BUFFER_DURATION(last));
  EXPECT_FALSE(GST_BUFFER_FLAG_IS_SET(second.buffers[0].get(), GST_BUFFER_FLAG_DISCONT));
  gst_harness_set_time(harness_, 100 * GST_SECOND);
  const Spoken third = speak("Third.");
  EXPECT_EQ(GST_BUFFER_PTS(third.buffers[0].get()), 100 * GST_SECOND);
  EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(third.buffers[0].get(), GST_BUFFER_FLAG_DISCONT));
}

TEST_F(FliteTtsTest, SpeedAndVolume) {
  const auto normal = speak(kSentence);
  set("speed", "2");
  EXPECT_NEAR(static_cast<double>(speak(kSentence).samples.size()),
              static_cast<double>(normal.samples.size()) / 2,
              static_cast<double>(normal.samples.size()) / 8);
  set("speed", "1");
  set("volume", "0.5");
  EXPECT_NEAR(rms(speak(kSentence).samples), rms(normal.samples) / 2, rms(normal.samples) / 8);
  set("volume", "4");
  for (const int s : speak(kSentence).samples) ASSERT_LT(std::abs(s), 32768);
  set("volume", "0");
  EXPECT_EQ(rms(speak("Quiet.").samples), 0);
}

// Stands for a slow sink: everything that is pushed waits at this probe until let go.
struct Gate {
  explicit Gate(GstHarness* harness) : pad(harness->sinkpad) {
    id = gst_pad_add_probe(
        pad, GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad*, GstPadProbeInfo*, gpointer data) {
          static_cast<Gate*>(data)->passed.fetch_add(1);
          g_usleep(2000);
          return GST_PAD_PROBE_OK;
        },
        this, nullptr);
  }
  ~Gate() { gst_pad_remove_probe(pad, id); }
  GstPad* pad;
  gulong id;
  std::atomic<int> passed{0};
};

TEST_F(FliteTtsTest, AFlushAbortsAndTheNextReplyIsFresh) {
  Gate gate(harness_);
  std::string text;
  for (int i = 0; i < 60; ++i) text += "This is a long reply that nobody will hear to its end. ";
  GstFlowReturn flow = GST_FLOW_OK;
  std::thread speaker([&] { flow = say(text); });
  while (gate.passed < 10) g_usleep(1000);
  const auto before = std::chrono::steady_clock::now();
  gst_harness_push_event(harness_, gst_event_new_flush_start());
  speaker.join();
  const auto took = std::chrono::steady_clock::now() - before;
  EXPECT_EQ(flow, GST_FLOW_FLUSHING);
  // The whole reply is four minutes of speech, at least six seconds of synthesis.
  EXPECT_LT(took, std::chrono::seconds(2));
  gst_harness_push_event(harness_, gst_event_new_flush_stop(FALSE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  take();
  gst_harness_set_time(harness_, 7 * GST_SECOND);
  const Spoken fresh = speak("Fresh.");
  ASSERT_EQ(fresh.words.size(), 1u) << "nothing of the old reply";
  EXPECT_EQ(GST_BUFFER_PTS(fresh.buffers[0].get()), 7 * GST_SECOND);
  EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(fresh.buffers[0].get(), GST_BUFFER_FLAG_DISCONT));
  EXPECT_EQ(stat("aborted"), 1u);
}

TEST_F(FliteTtsTest, TurnAndGapEventsPassBehindTheAudio) {
  while (GstEvent* event = gst_harness_try_pull_event(harness_)) gst_event_unref(event);
  gst_harness_push_event(harness_, gst_event_new_gap(0, GST_MSECOND));
  say("Goodbye.");
  gst_harness_push_event(harness_,
                         jackfield::make_event(jackfield::ReplyEnd{.turn_id = 3, .hang_up = true}));
  gstpp::EventPtr gap{gst_harness_pull_event(harness_)};
  EXPECT_EQ(GST_EVENT_TYPE(gap.get()), GST_EVENT_GAP);
  EXPECT_GT(gst_harness_buffers_in_queue(harness_), 10u);
  gstpp::EventPtr end{gst_harness_pull_event(harness_)};
  const auto reply_end = jackfield::parse_reply_end(end.get());
  ASSERT_TRUE(reply_end);
  EXPECT_TRUE(reply_end->hang_up);
  EXPECT_EQ(reply_end->turn_id, 3u);
}

TEST_F(FliteTtsTest, NothingToSayIsNoSound) {
  for (const char* text :
       {"", " ", "\n\n", "...", "?!", "\x01\x02\x03", "\xFF\xFE", "\xE4\xBD\xA0\xE5\xA5\xBD"}) {
    EXPECT_TRUE(speak(text).samples.empty()) << text;
  }
  EXPECT_EQ(stat("sentences"), 0u);
}

TEST_F(FliteTtsTest, TextThatNobodyCouldReadIsSpokenOrLeftOutButNeverHarmful) {
  set("voice", "kal16");
  std::string bytes;
  for (int i = 0; i < 600; ++i) bytes += static_cast<char>((i * 7919 + i / 3) & 0xFF);
  speak(bytes);
  EXPECT_FALSE(speak("$1,234.56555-1234 % 99999999999999999 1/0 :-) <b>x</b>").samples.empty());
  EXPECT_FALSE(speak(std::string(2000, 'x')).samples.empty());
  EXPECT_FALSE(speak("caf\xC3\xA9 na\xC3\xAFve \xE2\x80\x9Cyes\xE2\x80\x9D").samples.empty());
}

TEST_F(FliteTtsTest, AHundredKilobytesAreBounded) {
  set("voice", "kal16");
  set("speed", "2");
  std::string text;
  while (text.size() < 100000) text += "word ";
  Gate gate(harness_);
  std::thread speaker([&] { say(text); });
  while (gate.passed < 5) g_usleep(1000);
  gst_harness_push_event(harness_, gst_event_new_flush_start());
  speaker.join();
  EXPECT_EQ(stat("dropped-bytes"), text.size() - 16384);
}

TEST_F(FliteTtsTest, StatsAddUp) {
  const Spoken spoken = speak("One. Two, three.");
  EXPECT_EQ(stat("sentences"), 2u);
  EXPECT_EQ(stat("characters"), 15u);
  EXPECT_NEAR(static_cast<double>(stat("audio-duration")),
              static_cast<double>(spoken.samples.size()) * GST_SECOND / 16000, 1e6);
  EXPECT_GT(stat("time-to-first-audio"), 0u);
  gdouble factor = 0;
  EXPECT_TRUE(gst_structure_get_double(stats().get(), "real-time-factor", &factor));
  EXPECT_GT(factor, 0);
}

TEST_F(FliteTtsTest, CanBeUsedAgainAfterNull) {
  speak("Once.");
  gst_element_set_state(harness_->element, GST_STATE_NULL);
  gst_harness_play(harness_);
  gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  const Spoken again = speak("Twice.");
  ASSERT_FALSE(again.buffers.empty());
  EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(again.buffers[0].get(), GST_BUFFER_FLAG_DISCONT));
}

// Voices are shared by all elements; the same text must give the same audio however many speak.
TEST(FliteTtsThreadsTest, ManySpeakAtOnce) {
  gst_init(nullptr, nullptr);
  constexpr int kThreads = 4;
  std::vector<std::vector<gint16>> results(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&results, i] {
      GstHarness* harness =
          gst_harness_new_parse(i % 2 ? "flitetts voice=rms" : "flitetts voice=slt");
      gst_harness_use_testclock(harness);
      gst_harness_set_src_caps_str(harness, "text/x-raw, format=utf8");
      for (int k = 0; k < 3; ++k) {
        gst_harness_push(harness, gst_buffer_new_memdup(kSentence, sizeof kSentence - 1));
      }
      while (GstBuffer* buffer = gst_harness_try_pull(harness)) {
        {
          gstpp::MappedBuffer map(buffer, GST_MAP_READ);
          const auto samples = map.as<gint16>();
          results[i].insert(results[i].end(), samples.begin(), samples.end());
        }
        gst_buffer_unref(buffer);
      }
      gst_harness_teardown(harness);
    });
  }
  for (auto& thread : threads) thread.join();
  for (int i = 2; i < kThreads; ++i) {
    ASSERT_FALSE(results[i].empty());
    EXPECT_NEAR(static_cast<double>(results[i].size()), static_cast<double>(results[i - 2].size()),
                16);
    EXPECT_NEAR(rms(results[i]), rms(results[i - 2]), rms(results[i]) / 50);
  }
}

}  // namespace
