#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numbers>
#include <random>

#include "blocking_query.hpp"
#include "recorder_bench.hpp"
#include "turn_events.hpp"

namespace {

using namespace recorder_bench;

constexpr GstClockTime kMs = GST_MSECOND;

class CallRecorderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  std::string location(const char* name = "call.wav") {
    return "location=\"" + folder.file(name) + "\" ";
  }
  Recording read(const char* name = "call.wav") { return read_recording(folder.file(name)); }
  TemporaryFolder folder;
};

// The shift (in samples) at which two pieces of audio fit best.
int best_lag(const std::vector<int16_t>& recorded, size_t at, const std::vector<int16_t>& said,
             int furthest) {
  double least = INFINITY;
  int best = -1000;
  for (int lag = -furthest; lag <= furthest; ++lag) {
    double error = 0;
    for (size_t i = 200; i + 200 < said.size(); ++i) {
      const double d = recorded[static_cast<size_t>(static_cast<long>(at + i) + lag)] - said[i];
      error += d * d;
    }
    if (error < least) {
      least = error;
      best = lag;
    }
  }
  return best;
}

// A rising tone: its place in time is unambiguous.
std::vector<int16_t> sweep(size_t n, int rate) {
  std::vector<int16_t> v(n);
  for (size_t i = 0; i < n; ++i) {
    const double t = static_cast<double>(i) / rate;
    v[i] = static_cast<int16_t>(
        std::lround(8000 * std::sin(2 * std::numbers::pi * (200 * t + 400 * t * t))));
  }
  return v;
}

TEST_F(CallRecorderTest, WhileWaitingNothingIsKeptButTheHold) {
  RecorderBench bench{location() + "waiting=true"};
  ASSERT_EQ(bench.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  bench.speak(caller, 0, std::vector<int16_t>(6 * 8000, 1000), 8000);
  bench.set_time(6000 * kMs);
  for (int i = 0; i < 2000 && bench.stat("start") != 4500 * kMs; ++i) g_usleep(10'000);
  ASSERT_EQ(bench.stat("start"), 4500 * kMs);
  EXPECT_EQ(bench.stat("recorded"), 0u);
  EXPECT_FALSE(bench.has_message(GST_MESSAGE_ELEMENT));
  g_object_set(bench.recorder(), "waiting", FALSE, nullptr);
  bench.speak(caller, 6000 * kMs, std::vector<int16_t>(8000, 2000), 8000);
  // What has begun cannot be unwritten.
  ASSERT_TRUE(bench.wait_for_stat("recorded", 100 * kMs));
  g_object_set(bench.recorder(), "waiting", TRUE, nullptr);
  bench.speak(caller, 7000 * kMs, std::vector<int16_t>(8000, 3000), 8000);
  bench.eos(caller);
  bench.set_time(10000 * kMs);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  const Recording r = read();
  ASSERT_EQ(r.problem, "");
  EXPECT_EQ(bench.stat("start"), 4500 * kMs);
  ASSERT_EQ(r.caller.size(), 3500u * 8);
  EXPECT_EQ(r.caller[0], 1000);
  EXPECT_EQ(r.caller[1500 * 8 + 100], 2000);
  EXPECT_EQ(r.caller[3400 * 8], 3000);
}

TEST_F(CallRecorderTest, BothSidesAreInStep) {
  RecorderBench bench{location()};
  ASSERT_EQ(bench.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  GstPad* agent = bench.add("agent", std::string{kS16} + "8000");
  const auto voice = sweep(16000, 8000);
  bench.push(agent, 500 * kMs, voice);
  bench.speak(caller, 100 * kMs, voice, 8000);
  bench.set_time(3000 * kMs);
  bench.eos(caller);
  bench.eos(agent);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  const Recording r = read();
  ASSERT_EQ(r.problem, "");
  EXPECT_EQ(r.rate, 8000u);
  EXPECT_EQ(bench.stat("start"), 100 * kMs);
  ASSERT_EQ(r.caller.size(), 400u * 8 + 16000);
  for (size_t i = 0; i < 15900; ++i) {
    ASSERT_EQ(r.caller[i], voice[i]) << i;
    ASSERT_EQ(r.agent[3200 + i], voice[i]) << i;
  }
}

TEST_F(CallRecorderTest, MuLawAndAnotherRateAreInStep) {
  RecorderBench bench{location()};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", "audio/x-mulaw,rate=8000,channels=1");
  GstPad* agent =
      bench.add("agent", "audio/x-raw,format=F32LE,layout=interleaved,channels=2,rate=44100");
  for (GstClockTime at = 0; at < 2000 * kMs; at += 20 * kMs) {
    bench.set_time(at);
    bench.push_bytes(caller, at, std::vector<uint8_t>(160, at < 1000 * kMs ? 0xff : 0xe0));
  }
  const auto said = sweep(44100, 44100);
  for (size_t i = 0; i + 441 <= said.size(); i += 441) {
    std::vector<uint8_t> bytes(441 * 8);
    for (size_t k = 0; k < 441; ++k) {
      const float value = static_cast<float>(said[i + k]) / 32768.0F;
      std::memcpy(&bytes[k * 8], &value, 4);
      std::memcpy(&bytes[k * 8 + 4], &value, 4);
    }
    bench.push_bytes(agent, 1000 * kMs + gst_util_uint64_scale(i, GST_SECOND, 44100), bytes);
  }
  bench.set_time(3000 * kMs);
  bench.eos(caller);
  bench.eos(agent);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  const Recording r = read();
  ASSERT_EQ(r.problem, "");
  EXPECT_EQ(r.rate, 8000u);
  ASSERT_NEAR(static_cast<double>(r.caller.size()), 16000, 1);
  EXPECT_EQ(r.caller[7999], 0);
  EXPECT_EQ(std::abs(r.caller[8000]), 372);  // the linear value of code 0xe0
  EXPECT_LE(std::abs(best_lag(r.agent, 8000, sweep(8000, 8000), 4)), 1);
  EXPECT_EQ(bench.stat("gaps"), 0u);
}

TEST_F(CallRecorderTest, JitterMakesNoSeams) {
  RecorderBench bench{location()};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  const auto voice = sweep(24000, 8000);
  std::mt19937 random{3};
  std::uniform_int_distribution<int> jitter{-8000, 8000};  // µs
  for (size_t i = 0; i < 150; ++i) {
    const auto at = static_cast<GstClockTime>(static_cast<gint64>((i + 1) * 20 * kMs) +
                                              jitter(random) * GST_USECOND);
    bench.set_time((i + 1) * 20 * kMs);
    bench.push(caller, at,
               {voice.begin() + static_cast<long>(i) * 160,
                voice.begin() + static_cast<long>(i + 1) * 160});
  }
  bench.eos(caller);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  const Recording r = read();
  ASSERT_EQ(r.problem, "");
  EXPECT_EQ(bench.stat("gaps"), 0u);
  EXPECT_LE(largest_step(r.caller), largest_step(voice) + 200);
  const auto tail = std::vector<int16_t>(voice.begin() + 20000, voice.end());
  const auto begins = static_cast<size_t>(
      20000 + 160 - static_cast<long>(bench.stat("start") / (125 * GST_USECOND)));
  EXPECT_LE(std::abs(best_lag(r.caller, begins, tail, 158)), 80);  // 10 ms
}

TEST_F(CallRecorderTest, AGapBecomesSilence) {
  RecorderBench bench{location()};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  const auto voice = tone(8000, 200, 8000);
  bench.speak(caller, 0, voice, 8000);
  gst_pad_push_event(caller, gst_event_new_gap(1000 * kMs, 300 * kMs));
  bench.speak(caller, 1300 * kMs, voice, 8000);
  bench.eos(caller);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  const Recording r = read();
  ASSERT_EQ(r.caller.size(), 18400u);
  for (size_t i = 8000; i < 10400; ++i) ASSERT_EQ(r.caller[i], 0);
  EXPECT_LE(largest_step(r.caller), largest_step(voice) + 100);
  EXPECT_EQ(bench.stat("gaps"), 1u);
}

TEST_F(CallRecorderTest, ABargeInLeavesOnlyWhatWasHeard) {
  RecorderBench bench{location()};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  GstPad* agent = bench.add("agent", std::string{kS16} + "8000");
  const auto reply = tone(12000, 300, 8000);
  bench.push(agent, 0, reply);  // 1.5 s, pushed ahead of time
  bench.speak(caller, 0, std::vector<int16_t>(4800, 50), 8000);
  // As replygate does it: the position, then the flush.
  gst_pad_push_event(agent, jackfield::make_played_out_of_band({500 * kMs, true}));
  gst_pad_push_event(agent, gst_event_new_flush_start());
  EXPECT_EQ(bench.push(agent, 1500 * kMs, reply), GST_FLOW_FLUSHING);
  gst_pad_push_event(agent, gst_event_new_flush_stop(FALSE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(agent, gst_event_new_segment(&segment));
  const auto next = tone(1600, 500, 8000);
  bench.speak(caller, 600 * kMs, std::vector<int16_t>(1600, 50), 8000);
  bench.push(agent, 800 * kMs, next);
  bench.set_time(1000 * kMs);
  gst_pad_push_event(agent, jackfield::make_played_out_of_band({1000 * kMs, false}));
  bench.eos(caller);
  bench.eos(agent);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  const Recording r = read();
  ASSERT_EQ(r.problem, "");
  for (size_t i = 0; i < 3960; ++i) ASSERT_EQ(r.agent[i], reply[i]) << i;
  for (size_t i = 4000; i < 6400; ++i) ASSERT_EQ(r.agent[i], 0) << i;
  for (size_t i = 45; i < 1600; ++i) ASSERT_EQ(r.agent[6400 + i], next[i]) << i;
  EXPECT_EQ(r.agent.size(), 8000u);
  EXPECT_LE(largest_step(r.agent), largest_step(next) + 50);
  EXPECT_EQ(bench.stat("discarded-samples"), 8000u);
  EXPECT_EQ(r.caller[6000], 50);  // the flush did not touch the caller
}

TEST_F(CallRecorderTest, TheEndWaitsUntilTheAgentWasHeard) {
  RecorderBench bench{location()};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  GstPad* agent = bench.add("agent", std::string{kS16} + "8000");
  bench.speak(caller, 0, std::vector<int16_t>(800, 50), 8000);
  bench.push(agent, 100 * kMs, tone(8000, 300, 8000));
  bench.eos(caller);
  bench.eos(agent);
  g_usleep(500'000);
  EXPECT_FALSE(bench.has_message(GST_MESSAGE_EOS));
  bench.set_time(1100 * kMs);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  EXPECT_EQ(read().agent.size(), 8800u);
}

TEST_F(CallRecorderTest, NullWithoutEosKeepsWhatWasAccepted) {
  RecorderBench bench{location()};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  GstPad* agent = bench.add("agent", std::string{kS16} + "8000");
  bench.push(agent, 0, tone(8000, 300, 8000));
  bench.speak(caller, 0, std::vector<int16_t>(4000, 50), 8000);
  bench.set_state(GST_STATE_NULL);
  const Recording r = read();
  ASSERT_EQ(r.problem, "");
  EXPECT_EQ(r.caller, std::vector<int16_t>(4000, 50));
  EXPECT_EQ(r.agent.size(), 4000u);  // the rest of the reply was not heard
}

TEST_F(CallRecorderTest, NullFromPausedDoesNotHang) {
  RecorderBench bench{location()};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  bench.speak(caller, 0, std::vector<int16_t>(4000, 50), 8000);
  bench.set_state(GST_STATE_PAUSED);
  bench.set_state(GST_STATE_NULL);
  EXPECT_EQ(read().caller.size(), 4000u);
}

TEST_F(CallRecorderTest, NoAudioGivesAnEmptyPlayableFile) {
  RecorderBench bench{location()};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  bench.eos(caller);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  EXPECT_EQ(read().problem, "");
  EXPECT_TRUE(read().caller.empty());
}

TEST_F(CallRecorderTest, ReusableAfterNull) {
  RecorderBench bench{location("first.wav")};
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  for (const char* name : {"first.wav", "second.wav"}) {
    g_object_set(bench.recorder(), "location", folder.file(name).c_str(), nullptr);
    ASSERT_EQ(bench.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
    gst_pad_push_event(caller, gst_event_new_flush_start());
    gst_pad_push_event(caller, gst_event_new_flush_stop(TRUE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(caller, gst_event_new_segment(&segment));
    bench.speak(caller, 0, std::vector<int16_t>(4000, 50), 8000);
    bench.eos(caller);
    ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
    bench.set_state(GST_STATE_NULL);
    EXPECT_EQ(read(name).caller.size(), 4000u) << name;
    EXPECT_EQ(read(name).problem, "");
  }
}

TEST_F(CallRecorderTest, NotLiveFasterThanTheDiskLosesNothing) {
  RecorderBench bench{location(), false};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  GstPad* agent = bench.add("agent", std::string{kS16} + "8000");
  const auto voice = sweep(8000 * 60, 8000);
  for (size_t i = 0; i < voice.size(); i += 160) {
    const std::vector<int16_t> frame{voice.begin() + static_cast<long>(i),
                                     voice.begin() + static_cast<long>(i) + 160};
    const GstClockTime at = i * 125 * GST_USECOND;
    ASSERT_EQ(bench.push(caller, at, frame), GST_FLOW_OK);
    ASSERT_EQ(bench.push(agent, at, frame), GST_FLOW_OK);
  }
  bench.eos(caller);
  bench.eos(agent);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  const Recording r = read();
  EXPECT_EQ(r.caller, voice);
  EXPECT_EQ(r.agent, voice);
}

TEST_F(CallRecorderTest, SaysThatItNeverBlocks) {
  RecorderBench bench{location()};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", "audio/x-mulaw,rate=8000,channels=1");
  EXPECT_TRUE(jackfield::downstream_never_blocks(caller));
}

TEST_F(CallRecorderTest, ASideMayLeave) {
  RecorderBench bench{location()};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  GstPad* agent = bench.add("agent", std::string{kS16} + "8000");
  bench.push(agent, 0, tone(1600, 300, 8000));
  bench.speak(caller, 0, std::vector<int16_t>(4000, 50), 8000);
  bench.remove("agent");
  bench.eos(caller);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  EXPECT_EQ(read().caller.size(), 4000u);
  EXPECT_GT(read().agent[30], 0);
}

TEST_F(CallRecorderTest, AnswersWithClearErrors) {
  struct Case {
    std::string properties, says;
  };
  g_file_set_contents(folder.file("taken.wav").c_str(), "precious", -1, nullptr);
  for (const Case& c : {Case{"", "location"}, Case{location("taken.wav"), "overwrite=true"},
                        Case{"location=\"" + folder.file("taken.wav") + "/x.wav\"", "folder"},
                        Case{location() + "rate=100", "rate=100"}}) {
    RecorderBench bench{c.properties};
    bench.set_state(GST_STATE_PLAYING);
    EXPECT_NE(bench.wait_for_problem(GST_MESSAGE_ERROR).find(c.says), std::string::npos)
        << c.properties;
  }
  gchar* content = nullptr;
  ASSERT_TRUE(g_file_get_contents(folder.file("taken.wav").c_str(), &content, nullptr, nullptr));
  EXPECT_STREQ(content, "precious");
  g_free(content);
  RecorderBench bench{location("taken.wav") + "overwrite=true"};
  EXPECT_EQ(bench.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
  bench.set_state(GST_STATE_NULL);
  EXPECT_EQ(read("taken.wav").problem, "");
}

TEST_F(CallRecorderTest, OggDecodesBackWithSidesApart) {
  RecorderBench bench{location("call.ogg") + "format=ogg"};
  bench.set_state(GST_STATE_PLAYING);
  GstPad* caller = bench.add("caller", std::string{kS16} + "8000");
  GstPad* agent = bench.add("agent", std::string{kS16} + "8000");
  const auto voice = sweep(16000, 8000);
  bench.push(agent, 2000 * kMs, tone(8000, 700, 8000));
  bench.speak(caller, 0, voice, 8000);
  bench.set_time(3000 * kMs);
  bench.eos(caller);
  bench.eos(agent);
  ASSERT_TRUE(bench.wait_for(GST_MESSAGE_EOS));
  const Recording r = decode_ogg(folder.file("call.ogg"));
  ASSERT_EQ(r.problem, "");
  ASSERT_NEAR(static_cast<double>(r.caller.size()), 24000, 200);
  EXPECT_LE(std::abs(best_lag(r.caller, 0, {voice.begin(), voice.begin() + 15000}, 160)), 8);
  const auto loudest = [](const std::vector<int16_t>& v, long from, long to) {
    return *std::max_element(v.begin() + from, v.begin() + to);
  };
  EXPECT_LE(loudest(r.agent, 0, 15000), 20);
  EXPECT_GT(loudest(r.agent, 17000, 23000), 5000);
  EXPECT_LE(loudest(r.caller, 17000, 23000), 20);
}

}  // namespace
