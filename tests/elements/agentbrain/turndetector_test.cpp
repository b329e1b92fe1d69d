#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <thread>

#include "gstpp.hpp"
#include "speech_clip.hpp"
#include "turn_events.hpp"

namespace {

using test_support::Clip;
using test_support::librivox;
using test_support::prompt;

struct Turn {
  guint id = 0;
  GstClockTime start = GST_CLOCK_TIME_NONE;
  GstClockTime end = GST_CLOCK_TIME_NONE;
  GstClockTime decided_at = GST_CLOCK_TIME_NONE;
  bool operator==(const Turn&) const = default;
};

double seconds(GstClockTime t) { return static_cast<double>(t) / GST_SECOND; }
std::ostream& operator<<(std::ostream& out, const Turn& t) {
  return out << "turn " << t.id << " " << seconds(t.start) << ".." << seconds(t.end) << " decided "
             << seconds(t.decided_at);
}

// A turndetector between two pads, and what it says.
class Detector {
 public:
  explicit Detector(int rate = 8000) : rate_(rate), h_(gst_harness_new("turndetector"), &free_it) {
    gst_harness_set_src_caps(h_.get(), caps(rate));
    connect("speech-onset", G_CALLBACK(+[](GstElement*, guint64 at, guint64, Detector* self) {
              self->onsets.push_back(at);
            }));
    connect("speech-start",
            G_CALLBACK(+[](GstElement*, guint id, guint64 at, guint64, Detector* self) {
              self->signals.push_back({.id = id, .start = at});
            }));
    connect("speech-end",
            G_CALLBACK(+[](GstElement*, guint id, guint64 at, guint64 now, Detector* self) {
              if (self->signals.empty() || self->signals.back().id != id) {
                ADD_FAILURE() << "end without a start";
                return;
              }
              self->signals.back().end = at;
              self->signals.back().decided_at = now;
            }));
  }

  static GstCaps* caps(int rate) {
    return gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, "S16LE", "layout",
                               G_TYPE_STRING, "interleaved", "channels", G_TYPE_INT, 1, "rate",
                               G_TYPE_INT, rate, nullptr);
  }
  GstHarness* harness() { return h_.get(); }
  GstElement* element() { return h_->element; }

  GstFlowReturn push(std::span<const gint16> samples) {
    GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size_bytes());
    GST_BUFFER_PTS(buffer) = position;
    GST_BUFFER_DURATION(buffer) = samples.size() * GST_SECOND / rate_;
    position += GST_BUFFER_DURATION(buffer);
    return gst_harness_push(h_.get(), buffer);
  }
  // In buffers of `chunk` samples.
  void push_clip(const Clip& clip, std::size_t chunk = 160) {
    for (std::size_t at = 0; at < clip.samples.size(); at += chunk) {
      const auto n = std::min(chunk, clip.samples.size() - at);
      ASSERT_EQ(push(std::span(clip.samples).subspan(at, n)), GST_FLOW_OK);
    }
  }
  void event(GstEvent* e) { EXPECT_TRUE(gst_harness_push_event(h_.get(), e)); }

  // The turns as told downstream so far.
  std::vector<Turn> turns() {
    while (gstpp::EventPtr e{gst_harness_try_pull_event(h_.get())}) {
      if (const auto start = jackfield::parse_turn_start(e.get())) {
        turns_.push_back({.id = start->turn_id, .start = start->speech_start});
      } else if (const auto end = jackfield::parse_turn_end(e.get())) {
        if (turns_.empty() || turns_.back().id != end->turn_id) {
          ADD_FAILURE() << "VoiceTurnEnd without VoiceTurnStart";
          continue;
        }
        turns_.back().end = end->speech_end;
        turns_.back().decided_at = end->decided_at;
      }
    }
    return turns_;
  }
  gstpp::StructurePtr stats() {
    GstStructure* s = nullptr;
    g_object_get(element(), "stats", &s, nullptr);
    return gstpp::StructurePtr{s};
  }
  guint64 stat(const char* name) { return gstpp::get_uint64(stats().get(), name, G_MAXUINT64); }

  GstClockTime position = 0;
  std::vector<GstClockTime> onsets;
  std::vector<Turn> signals;

 private:
  static void free_it(GstHarness* h) { gst_harness_teardown(h); }
  void connect(const char* name, GCallback f) { g_signal_connect(h_->element, name, f, this); }

  int rate_;
  std::unique_ptr<GstHarness, void (*)(GstHarness*)> h_;
  std::vector<Turn> turns_;
};

class TurnDetectorElementTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};

const char* const kPrompts[] = {"agent-loginok", "calling",     "conf-full",      "activated",
                                "cancelled",     "hello-world", "conf-hasleft",   "auth-thankyou",
                                "agent-pass",    "conf-locked", "call-fwd-no-ans"};

// Clips with pauses of a second around them, and where each clip lies.
Clip conversation(std::vector<std::pair<double, double>>* places = nullptr) {
  Clip all{.rate = 8000, .samples = {}};
  all.pause(1000);
  for (const char* name : kPrompts) {
    const double start = static_cast<double>(all.samples.size()) / 8000;
    all += prompt(name);
    if (places) places->emplace_back(start, static_cast<double>(all.samples.size()) / 8000);
    all.pause(1000);
  }
  return all;
}

TEST_F(TurnDetectorElementTest, OneTurnForEachClipOfHumanSpeech) {
  std::vector<std::pair<double, double>> places;
  const Clip clip = conversation(&places);
  Detector d;
  d.push_clip(clip);
  const auto turns = d.turns();
  ASSERT_EQ(turns.size(), std::size(kPrompts));
  for (std::size_t i = 0; i < turns.size(); ++i) {
    SCOPED_TRACE(kPrompts[i]);
    EXPECT_EQ(turns[i].id, i + 1);
    // The clips have some quiet at both ends.
    EXPECT_GT(seconds(turns[i].start), places[i].first - 0.1);
    EXPECT_LT(seconds(turns[i].start), places[i].first + 0.3);
    EXPECT_GT(seconds(turns[i].end), places[i].second - 0.6);
    EXPECT_LT(seconds(turns[i].end), places[i].second + 0.3);
    const double hang_over = seconds(turns[i].decided_at - turns[i].end);
    EXPECT_GE(hang_over, 0.5);
    EXPECT_LE(hang_over, 0.54);
  }
  EXPECT_EQ(d.signals, turns);
  EXPECT_GE(d.onsets.size(), turns.size());
  EXPECT_EQ(d.stat("turns"), turns.size());
  EXPECT_EQ(d.stat("windows"), clip.samples.size() / 256);
  EXPECT_GT(d.stat("speech-windows"), 0u);
  EXPECT_GT(d.stat("inference-mean"), 0u);
  EXPECT_GE(d.stat("inference-max"), d.stat("inference-mean"));
}

// The model's recurrent state, left alone through half a minute of line noise, loses short words.
TEST_F(TurnDetectorElementTest, ShortWordsAreHeardAfterALongSilence) {
  Clip clip{.rate = 8000, .samples = {}};
  clip.pause(30000);
  for (const char* name : {"extension", "digits/4", "time", "digits/4"}) {
    clip += prompt(name);
    clip.pause(5000);
  }
  std::minstd_rand noise(1);
  for (auto& sample : clip.samples) {
    sample = static_cast<std::int16_t>(
        std::clamp(sample + static_cast<int>(noise() % 37) - 18, -32768, 32767));  // -65 dBFS
  }
  Detector d;
  d.push_clip(clip);
  EXPECT_EQ(d.turns().size(), 4u);
}

TEST_F(TurnDetectorElementTest, WorksAt16Kilohertz) {
  Clip clip = librivox("0880");
  Detector d(16000);
  d.push_clip(clip.pause(1000), 320);
  const auto turns = d.turns();
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_LT(seconds(turns[0].start), 0.4);
  EXPECT_GT(seconds(turns[0].end), 2.5);
}

// The control: with the speech replaced by other sounds of the same length there is no turn.
using Sound = std::function<double(std::size_t)>;
class NoSpeechTest : public testing::TestWithParam<std::pair<const char*, Sound>> {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};
TEST_P(NoSpeechTest, HasNoTurn) {
  for (const int rate : {8000, 16000}) {
    Clip clip{.rate = rate, .samples = {}};
    for (int i = 0; i < rate * 20; ++i) {
      const double x = GetParam().second(static_cast<std::size_t>(i) * 16000 / rate);
      clip.samples.push_back(static_cast<gint16>(std::lround(32767 * x)));
    }
    Detector d(rate);
    d.push_clip(clip);
    EXPECT_TRUE(d.turns().empty()) << rate << " Hz";
    EXPECT_TRUE(d.signals.empty());
  }
}
double tone(std::size_t i, double frequency) {
  return std::sin(2 * G_PI * frequency * static_cast<double>(i) / 16000);
}
double noise(std::size_t i) {
  // A hash of the index, so that both rates hear the same noise.
  std::minstd_rand random(static_cast<unsigned>(i) * 2654435761u + 1);
  random.discard(3);
  return static_cast<double>(random()) / random.max() * 2 - 1;
}
double keypad(std::size_t i) {
  // DTMF digit 5 and others, 100 ms on, 100 ms off.
  static constexpr double kRows[] = {697, 770, 852, 941};
  static constexpr double kColumns[] = {1209, 1336, 1477, 1633};
  const std::size_t key = i / 3200 % 16;
  return i % 3200 < 1600 ? 0.35 * (tone(i, kRows[key / 4]) + tone(i, kColumns[key % 4])) : 0.0;
}
INSTANTIATE_TEST_SUITE_P(
    Sounds, NoSpeechTest,
    testing::Values(std::pair{"Silence", Sound([](std::size_t) { return 0.0; })},
                    std::pair{"QuietNoise", Sound([](std::size_t i) { return 0.003 * noise(i); })},
                    std::pair{"LoudNoise", Sound([](std::size_t i) { return 0.5 * noise(i); })},
                    std::pair{"DialTone", Sound([](std::size_t i) {
                                return 0.3 * (tone(i, 350) + tone(i, 440));
                              })},
                    std::pair{"Hum", Sound([](std::size_t i) { return 0.2 * tone(i, 50); })},
                    std::pair{"Beep", Sound([](std::size_t i) { return 0.5 * tone(i, 1000); })},
                    std::pair{"Keypad", Sound(keypad)}),
    [](const auto& test) { return std::string(test.param.first); });

TEST_F(TurnDetectorElementTest, TheSizeOfBuffersDoesNotMatter) {
  const Clip clip = conversation();
  std::vector<Turn> expected;
  for (const std::size_t chunk : {160u, 80u, 240u, 1u * 256u, 37u, 999u, 8000u, 1000000u}) {
    Detector d;
    d.push_clip(clip, chunk);
    auto turns = d.turns();
    if (expected.empty()) expected = turns;
    ASSERT_EQ(turns.size(), expected.size()) << chunk;
    for (std::size_t i = 0; i < turns.size(); ++i) {
      // PTS are rounded to nanoseconds at the start of each buffer.
      EXPECT_NEAR(seconds(turns[i].start), seconds(expected[i].start), 1e-5) << chunk;
      EXPECT_NEAR(seconds(turns[i].end), seconds(expected[i].end), 1e-5) << chunk;
      EXPECT_NEAR(seconds(turns[i].decided_at), seconds(expected[i].decided_at), 1e-5) << chunk;
    }
  }
  EXPECT_EQ(expected.size(), std::size(kPrompts));
}

TEST_F(TurnDetectorElementTest, AudioPassesUntouchedAndUncopied) {
  Detector d;
  const Clip clip = prompt("activated");
  GstBuffer* buffer = gst_buffer_new_memdup(clip.samples.data(), 320);
  GST_BUFFER_PTS(buffer) = 0;
  gstpp::BufferPtr same{gst_harness_push_and_pull(d.harness(), buffer)};
  EXPECT_EQ(same.get(), buffer);
}

TEST_F(TurnDetectorElementTest, LongBuffersComeOutInPiecesWithTheSameSamples) {
  Detector d;
  const Clip clip = prompt("activated");
  d.position = 5 * GST_SECOND;
  d.push_clip(clip, clip.samples.size());
  std::vector<gint16> out;
  GstClockTime next = 5 * GST_SECOND;
  while (gstpp::BufferPtr b{gst_harness_try_pull(d.harness())}) {
    EXPECT_NEAR(seconds(GST_BUFFER_PTS(b.get())), seconds(next), 1e-8);
    EXPECT_LE(GST_BUFFER_DURATION(b.get()), 100 * GST_MSECOND);
    next = GST_BUFFER_PTS(b.get()) + GST_BUFFER_DURATION(b.get());
    gstpp::MappedBuffer map(b.get(), GST_MAP_READ);
    const auto samples = map.as<gint16>();
    out.insert(out.end(), samples.begin(), samples.end());
  }
  EXPECT_EQ(out, clip.samples);
}

TEST_F(TurnDetectorElementTest, EventsAreInOrderWithTheAudio) {
  Detector d;
  struct Log {
    GstClockTime audio = 0;
    GstClockTime at_start = GST_CLOCK_TIME_NONE, at_end = GST_CLOCK_TIME_NONE;
  } log;
  gstpp::PadPtr pad{gst_element_get_static_pad(d.element(), "src")};
  gst_pad_add_probe(
      pad.get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto& l = *static_cast<Log*>(data);
        if (GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) {
          GstBuffer* b = GST_PAD_PROBE_INFO_BUFFER(info);
          l.audio = GST_BUFFER_PTS(b) + GST_BUFFER_DURATION(b);
        } else if (jackfield::parse_turn_start(GST_PAD_PROBE_INFO_EVENT(info))) {
          l.at_start = l.audio;
        } else if (jackfield::parse_turn_end(GST_PAD_PROBE_INFO_EVENT(info))) {
          l.at_end = l.audio;
        }
        return GST_PAD_PROBE_OK;
      },
      &log, nullptr);
  Clip clip = prompt("conf-full");
  d.push_clip(clip.pause(1500), clip.samples.size());  // one long buffer
  const auto turns = d.turns();
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_LT(log.at_start, turns[0].start + 300 * GST_MSECOND);
  EXPECT_LE(log.at_end, turns[0].decided_at);
  EXPECT_GT(log.at_end + 110 * GST_MSECOND, turns[0].decided_at);
}

TEST_F(TurnDetectorElementTest, EosEndsARunningTurnFirst) {
  Detector d;
  Clip clip = prompt("conf-full");
  clip.samples.resize(8000);  // in the middle of speech
  d.push_clip(clip);
  ASSERT_EQ(d.turns().size(), 1u);
  EXPECT_EQ(d.turns()[0].end, GST_CLOCK_TIME_NONE);
  d.event(gst_event_new_eos());
  bool ended = false;
  while (gstpp::EventPtr e{gst_harness_try_pull_event(d.harness())}) {
    if (const auto end = jackfield::parse_turn_end(e.get())) {
      ended = true;
      EXPECT_NEAR(seconds(end->speech_end), 1.0, 0.05);
    }
    if (GST_EVENT_TYPE(e.get()) == GST_EVENT_EOS) {
      EXPECT_TRUE(ended);
      return;
    }
  }
  FAIL() << "no EOS";
}

TEST_F(TurnDetectorElementTest, FramesThatStopEndTheTurn) {
  Detector d;
  Clip clip = prompt("conf-full");
  clip.samples.resize(8000);
  d.push_clip(clip);
  ASSERT_EQ(d.turns().size(), 1u);
  // Only the clock moves on.
  gstpp::ObjectPtr<GstTestClock> clock{gst_harness_get_testclock(d.harness())};
  ASSERT_TRUE(gst_test_clock_timed_wait_for_multiple_pending_ids(clock.get(), 1, 10000, nullptr));
  ASSERT_TRUE(gst_harness_crank_single_clock_wait(d.harness()));
  for (int i = 0; i < 500 && d.turns()[0].end == GST_CLOCK_TIME_NONE; ++i) g_usleep(20000);
  const auto turns = d.turns();
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_NEAR(seconds(turns[0].end), 1.0, 0.05);
  EXPECT_EQ(d.stat("stalls"), 1u);
  // Then they come back: a new turn.
  d.position += 3 * GST_SECOND;
  Clip second = prompt("calling");
  d.push_clip(second.pause(1000));
  ASSERT_EQ(d.turns().size(), 2u);
  EXPECT_EQ(d.turns()[1].id, 2u);
}

TEST_F(TurnDetectorElementTest, FramesThatComeLateAreNoStall) {
  Detector d;
  Clip clip = prompt("conf-full");
  Clip first = clip;
  first.samples.resize(8000);
  d.push_clip(first);
  gst_harness_set_time(d.harness(), 900 * GST_MSECOND);
  d.push(std::span(clip.samples).subspan(8000, 160));
  // The timer of a second after the start fires and finds that audio came 0.1 to 0.2 s ago.
  ASSERT_TRUE(gst_harness_crank_single_clock_wait(d.harness()));
  gstpp::ObjectPtr<GstTestClock> clock{gst_harness_get_testclock(d.harness())};
  ASSERT_TRUE(gst_test_clock_timed_wait_for_multiple_pending_ids(clock.get(), 1, 10000, nullptr));
  EXPECT_EQ(d.stat("stalls"), 0u);
  EXPECT_EQ(d.turns()[0].end, GST_CLOCK_TIME_NONE);
}

TEST_F(TurnDetectorElementTest, AGapEventIsSilence) {
  Detector d;
  Clip clip = prompt("conf-full");
  clip.samples.resize(8000);
  d.push_clip(clip);
  d.event(gst_event_new_gap(d.position, 400 * GST_MSECOND));
  EXPECT_EQ(d.turns()[0].end, GST_CLOCK_TIME_NONE);
  d.event(gst_event_new_gap(d.position + 400 * GST_MSECOND, 400 * GST_MSECOND));
  ASSERT_EQ(d.turns().size(), 1u);
  EXPECT_NEAR(seconds(d.turns()[0].end), 1.0, 0.15);
  // A gap of years costs nothing.
  d.event(gst_event_new_gap(d.position + 800 * GST_MSECOND, 100000000 * GST_SECOND));
  EXPECT_EQ(d.turns().size(), 1u);
}

TEST_F(TurnDetectorElementTest, AHoleInTheTimestampsIsSilence) {
  Detector d;
  Clip clip = prompt("conf-full");
  clip.samples.resize(8000);
  d.push_clip(clip);
  d.position += 5 * GST_SECOND;
  d.push_clip(clip);
  ASSERT_EQ(d.turns().size(), 2u);
  EXPECT_NEAR(seconds(d.turns()[0].end), 1.0, 0.15);
  EXPECT_GT(seconds(d.turns()[1].start), 5.9);
}

TEST_F(TurnDetectorElementTest, TimeThatJumpsBackEndsTheTurnAndGoesOn) {
  Detector d;
  Clip clip = prompt("conf-full");
  clip.samples.resize(8000);
  d.position = 10 * GST_SECOND;
  d.push_clip(clip);
  d.position = 0;
  d.push_clip(clip.pause(1000));
  const auto turns = d.turns();
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_GT(seconds(turns[0].end), 10.5);
  EXPECT_LT(seconds(turns[1].end), 2);
}

TEST_F(TurnDetectorElementTest, BuffersWithoutTimestampsFollowEachOther) {
  Detector d;
  Clip clip = prompt("conf-full");
  clip.pause(1000);
  for (std::size_t at = 0; at + 160 <= clip.samples.size(); at += 160) {
    gst_harness_push(d.harness(), gst_buffer_new_memdup(clip.samples.data() + at, 320));
  }
  ASSERT_EQ(d.turns().size(), 1u);
  EXPECT_NEAR(seconds(d.turns()[0].end), 1.6, 0.2);
}

TEST_F(TurnDetectorElementTest, AFlushForgetsTheTurnAndTellsListeners) {
  Detector d;
  Clip clip = prompt("conf-full");
  clip.samples.resize(8000);
  d.push_clip(clip);
  ASSERT_EQ(d.turns().size(), 1u);
  d.event(gst_event_new_flush_start());
  d.event(gst_event_new_flush_stop(TRUE));
  ASSERT_EQ(d.signals.size(), 1u);
  EXPECT_NE(d.signals[0].end, GST_CLOCK_TIME_NONE);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  d.event(gst_event_new_segment(&segment));
  d.position = 0;
  Clip whole = prompt("calling");
  d.push_clip(whole.pause(1000));
  EXPECT_EQ(d.turns().size(), 2u);
  EXPECT_EQ(d.turns()[0].end, GST_CLOCK_TIME_NONE);
  EXPECT_EQ(d.turns()[1].id, 2u);
}

TEST_F(TurnDetectorElementTest, TheRateMayChange) {
  Detector d;
  Clip clip = prompt("calling");
  d.push_clip(clip.pause(1000));
  gst_harness_set_src_caps(d.harness(), Detector::caps(16000));
  Clip wide = librivox("0880");
  wide.pause(1000);
  for (std::size_t at = 0; at + 320 <= wide.samples.size(); at += 320) {
    GstBuffer* b = gst_buffer_new_memdup(wide.samples.data() + at, 640);
    GST_BUFFER_PTS(b) = d.position;
    d.position += 20 * GST_MSECOND;
    gst_harness_push(d.harness(), b);
  }
  EXPECT_EQ(d.turns().size(), 2u);
}

TEST_F(TurnDetectorElementTest, TheStateChoosesTheThreshold) {
  const auto turns_with = [](const char* state) {
    Detector d;
    g_object_set(d.element(), "threshold", 0.5f, "threshold-thinking", 1.0f, nullptr);
    gst_util_set_object_arg(G_OBJECT(d.element()), "state", state);
    Clip clip = prompt("conf-full");
    d.push_clip(clip.pause(1000));
    return d.turns().size();
  };
  EXPECT_EQ(turns_with("listening"), 1u);
  EXPECT_EQ(turns_with("thinking"), 0u);  // a probability of 1 is never reached
  EXPECT_EQ(turns_with("speaking"), 1u);
}

TEST_F(TurnDetectorElementTest, SettingsMayChangeFromAnyThread) {
  Detector d;
  std::atomic<bool> stop{false};
  std::jthread other([&] {
    for (guint i = 0; !stop; ++i) {
      g_object_set(d.element(), "state", static_cast<int>(i % 3), "hang-over",
                   (100 + i % 5) * GST_MSECOND, nullptr);
      d.stats();
    }
  });
  d.push_clip(conversation());
  stop = true;
  EXPECT_GE(d.turns().size(), std::size(kPrompts));
}

TEST_F(TurnDetectorElementTest, CanBeUsedAgainAfterNull) {
  Detector d;
  Clip clip = prompt("conf-full");
  clip.samples.resize(8000);
  d.push_clip(clip);
  ASSERT_EQ(d.turns().size(), 1u);
  gst_element_set_state(d.element(), GST_STATE_NULL);
  gst_harness_set_time(d.harness(), 0);
  d.signals.clear();
  gst_harness_play(d.harness());
  gst_harness_set_src_caps(d.harness(), Detector::caps(8000));
  d.position = 0;
  Clip whole = prompt("calling");
  d.push_clip(whole.pause(1000));
  ASSERT_EQ(d.signals.size(), 1u);
  EXPECT_EQ(d.signals[0].id, 1u);
  EXPECT_EQ(d.stat("turns"), 1u);
}

std::string start_error(const char* model) {
  gstpp::ElementPtr pipeline{
      static_cast<GstElement*>(gst_object_ref_sink(gst_pipeline_new(nullptr)))};
  gstpp::ElementPtr detector = gstpp::make_element("turndetector");
  g_object_set(detector.get(), "model", model, nullptr);
  gst_bin_add(GST_BIN(pipeline.get()), detector.get());
  EXPECT_EQ(gst_element_set_state(pipeline.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  gstpp::BusPtr bus{gst_element_get_bus(pipeline.get())};
  gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
  if (!message) return "";
  gstpp::ErrorPtr error;
  gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return error->message;
}

TEST_F(TurnDetectorElementTest, ABadModelIsAClearError) {
  const std::string missing = start_error("/nonexistent/silero_vad.onnx");
  EXPECT_NE(missing.find("/nonexistent/silero_vad.onnx: there is no such file"), std::string::npos);
  EXPECT_NE(missing.find("./dev build"), std::string::npos);
  const std::string foreign = start_error("/usr/share/asterisk/sounds/en/calling.wav");
  EXPECT_NE(foreign.find("calling.wav: "), std::string::npos) << foreign;
}

}  // namespace
