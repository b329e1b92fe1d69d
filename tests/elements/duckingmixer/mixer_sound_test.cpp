// What is heard behind the element, sample by sample, without any time going by. Each judge is also
// shown what it has to find.
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <numbers>
#include <string>
#include <vector>

#include "gstpp.hpp"
#include "mixer_drive.hpp"
#include "mixer_listening.hpp"

namespace {

using mixer_drive::kBlock;
using mixer_test::stats_of;
using mixer_test::tone;

constexpr std::size_t kSamples = 480;
constexpr char kFloat[] = "audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=1";
constexpr float kMinus60 = 0.001F;

// A tone that goes on from block to block; tones of whole hundreds of Hz do not disturb each other
// in a block.
std::vector<float> sine(double most, double hertz, std::size_t block) {
  std::vector<float> samples(kSamples);
  for (std::size_t i = 0; i < kSamples; ++i)
    samples[i] = static_cast<float>(
        most * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(block * kSamples + i) /
                        mixer_test::kRate));
  return samples;
}

float largest_step(const std::vector<float>& samples) {
  float largest = 0;
  for (std::size_t i = 1; i < samples.size(); ++i)
    largest = std::max(largest, std::abs(samples[i] - samples[i - 1]));
  return largest;
}

class MixerSound : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  MixerSound() {
    gst_bin_add(GST_BIN(pipeline_.get()), mixer_.get());
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  }
  ~MixerSound() override { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

  struct Input {
    gstpp::PadPtr pad;   // the mixer's
    gstpp::PadPtr from;  // what pushes
  };
  gstpp::PadPtr request(const std::string& name) {
    return gstpp::PadPtr{gst_element_request_pad_simple(mixer_.get(), name.c_str())};
  }
  Input add(int number, const char* duck = "never") {
    gstpp::PadPtr pad = request("sink_" + std::to_string(number));
    gst_util_set_object_arg(G_OBJECT(pad.get()), "duck", duck);
    gstpp::PadPtr from = mixer_drive::pusher_into(pad.get(), kFloat);
    return {std::move(pad), std::move(from)};
  }
  void remove(Input& input) {
    gst_pad_unlink(input.from.get(), input.pad.get());
    gst_element_release_request_pad(mixer_.get(), input.pad.get());
    input = {};
  }
  // The number under which it is heard. 16 bits, unless the peer asks for something else.
  std::size_t listen(const std::string& name, const char* route = nullptr) {
    const gstpp::PadPtr pad = request(name);
    if (route) g_object_set(pad.get(), "route", route, nullptr);
    return listeners_.take_from(pad.get());
  }
  void say(const Input& input, const std::vector<float>& samples) {
    GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size() * sizeof(float));
    GST_BUFFER_PTS(buffer) = block_ * kBlock;
    GST_BUFFER_DURATION(buffer) = kBlock;
    ASSERT_EQ(gst_pad_push(input.from.get(), buffer), GST_FLOW_OK);
  }
  // What was said is mixed and heard.
  void mix() {
    clock_.release_task();
    clock_.wait_for_task();
    ++block_;
  }
  std::vector<float> heard(std::size_t listener) {
    std::lock_guard guard(lock_);
    return std::exchange(heard_[listener], {});
  }
  void take(std::size_t listener, const gstpp::BufferPtr& buffer) {
    gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
    std::lock_guard guard(lock_);
    for (const gint16 value : map.as<const gint16>())
      heard_[listener].push_back(static_cast<float>(value) / 32768);
  }

  gstpp::ElementPtr pipeline_{GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))};
  gstpp::ElementPtr mixer_ = gstpp::make_element("duckingmixer");
  mixer_drive::StandingClock clock_{pipeline_.get()};
  std::mutex lock_;
  std::vector<float> heard_[64];
  mixer_drive::Takers listeners_{
      pipeline_.get(),
      [this](std::size_t listener, const gstpp::BufferPtr& buffer) { take(listener, buffer); }};
  std::size_t block_ = 0;
};

// Everybody says always the same value, so that every step is one that the mixer made: of this
// value, what fades over 10 ms steps by 0.0008 at most.
class MixerSteps : public MixerSound {
 protected:
  static constexpr float kValue = 0.25F;

  // `jump`: in the middle of each of the guest's blocks.
  void talk(int blocks, float jump = 0) {
    for (int i = 0; i < blocks; ++i) {
      say(host_, std::vector<float>(kSamples, kValue));
      if (guest_.pad) {
        std::vector<float> samples(kSamples, kValue);
        std::fill(samples.begin() + kSamples / 2, samples.end(), kValue + jump);
        say(guest_, samples);
      }
      mix();
    }
  }
  void join() {
    Input guest = add(1);
    // A pad knows the time from its first block on.
    talk(1);
    guest_ = std::move(guest);
  }
  // All since it was asked last have no step; and what is heard now.
  float heard_without_step(const char* what) {
    std::vector<float> all = heard(all_);
    all.insert(all.begin(), last_);
    last_ = all.back();
    EXPECT_LT(largest_step(all), kMinus60) << what;
    return last_;
  }

  Input host_ = add(0), guest_;
  const std::size_t all_ = listen("src");
  float last_ = 0;
};

TEST_F(MixerSteps, JoiningMutingAndLeavingAreNone) {
  talk(5);
  EXPECT_NEAR(heard_without_step("begin"), kValue, 1e-4F);
  for (int round = 0; round < 20; ++round) {
    join();
    talk(2);
    EXPECT_NEAR(heard_without_step("join"), 2 * kValue, 1e-4F);
    for (const bool mute : {true, false, true, false}) {
      g_object_set(guest_.pad.get(), "mute", mute, nullptr);
      talk(2);
      EXPECT_NEAR(heard_without_step("mute"), mute ? kValue : 2 * kValue, 1e-4F);
    }
    g_object_set(guest_.pad.get(), "gain", 0.4, nullptr);
    talk(1);
    EXPECT_NEAR(heard_without_step("gain"), 1.4F * kValue, 1e-4F);
    remove(guest_);
    talk(2);
    EXPECT_NEAR(heard_without_step("leave"), kValue, 1e-4F);
  }
}

TEST_F(MixerSteps, WhoStallsIsNone) {
  join();
  talk(5);
  heard_without_step("begin");
  for (int round = 0; round < 10; ++round) {
    say(host_, std::vector<float>(kSamples, kValue));
    mix();
    EXPECT_NEAR(heard_without_step("stall"), kValue, 1e-4F);
    talk(1 + round % 3);
    EXPECT_NEAR(heard_without_step("again"), 2 * kValue, 1e-4F);
  }
  EXPECT_EQ(mixer_test::stat(guest_.pad.get(), "missed"), 10U);
}

TEST_F(MixerSteps, OneThatIsBuiltInIsFound) {
  join();
  talk(5);
  heard_without_step("begin");
  talk(1, 1.1F * kMinus60);
  EXPECT_GT(largest_step(heard(all_)), kMinus60);
}

TEST_F(MixerSound, FiftyAtFullScaleAreNotClipped) {
  std::vector<Input> inputs;
  for (int i = 0; i < 50; ++i) inputs.push_back(add(i));
  const std::size_t all = listen("src"), minus = listen("src_7");
  float loudest = 0;
  for (int block = 0; block < 30; ++block) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      say(inputs[i], sine(1, 200 + 100 * static_cast<double>(block < 15 ? 0 : i), block_));
    mix();
    for (const std::size_t listener : {all, minus}) {
      for (const float sample : heard(listener)) {
        // −1 dBFS, and rounding.
        ASSERT_LE(std::abs(sample), 0.8913F + 1.0F / 32768) << block;
        loudest = std::max(loudest, std::abs(sample));
      }
    }
  }
  EXPECT_GT(loudest, 0.85F) << "nor is it much softer than it may be";
  EXPECT_EQ(mixer_test::stat(mixer_.get(), "clipped"), 0U);
}

// Twelve who speak at once, each with a tone of its own, and who hears what of it.
class MixerSelfLeak : public MixerSound {
 protected:
  static constexpr int kSeats = 12;
  static double hertz(int seat) { return 300 + 100 * seat; }
  static constexpr double kLoud = 0.06;

  MixerSelfLeak() {
    for (int seat = 0; seat < kSeats; ++seat) {
      inputs_.push_back(add(seat));
      listen("src_" + std::to_string(seat));
    }
  }
  // In dBFS: how loud each seat's own voice is to itself.
  std::vector<double> own_voices() {
    for (int i = 0; i < 20; ++i) {
      if (i == 5) {
        for (int seat = 0; seat < kSeats; ++seat) heard(static_cast<std::size_t>(seat));
      }
      for (int seat = 0; seat < kSeats; ++seat)
        say(inputs_[static_cast<std::size_t>(seat)], sine(kLoud, hertz(seat), block_));
      if (echo_.pad) say(echo_, sine(echo_of_, hertz(4), block_));
      mix();
    }
    std::vector<double> levels;
    for (int seat = 0; seat < kSeats; ++seat) {
      const std::vector<float> all = heard(static_cast<std::size_t>(seat));
      for (int other = 0; other < kSeats; ++other) {
        if (other == seat) continue;
        EXPECT_NEAR(tone(all, hertz(other)), kLoud, 0.02 * kLoud) << seat;
      }
      levels.push_back(20 * std::log10(std::max(tone(all, hertz(seat)), 1e-9)));
    }
    return levels;
  }

  static constexpr double kMostDb = -95;  // 16 bits are rounded to −96
  std::vector<Input> inputs_;
  Input echo_;
  double echo_of_ = 0;
};

TEST_F(MixerSelfLeak, NobodyHearsThemselves) {
  for (const double level : own_voices()) EXPECT_LT(level, kMostDb);
}

TEST_F(MixerSelfLeak, OneThatIsBuiltInIsFound) {
  // A route that was set wrongly.
  const gstpp::PadPtr wrong{gst_element_get_static_pad(mixer_.get(), "src_3")};
  g_object_set(wrong.get(), "route", "all", nullptr);
  std::vector<double> levels = own_voices();
  EXPECT_NEAR(levels[3], 20 * std::log10(kLoud), 0.1);
  EXPECT_LT(levels[4], kMostDb);
  g_object_set(wrong.get(), "route", "all -sink_3", nullptr);
  // A voice that comes back by another's line, 40 dB softer.
  echo_ = add(kSeats);
  mix();
  echo_of_ = kLoud / 100;
  levels = own_voices();
  EXPECT_LT(levels[3], kMostDb);
  EXPECT_NEAR(levels[4], 20 * std::log10(kLoud / 100), 0.1);
}

class MixerDucking : public MixerSound {};

TEST_F(MixerDucking, FollowsItsDefinitionWithinADecibel) {
  constexpr double kAttackMs = 60, kHoldMs = 120, kReleaseMs = 240, kDepthDb = -20;
  constexpr double kVoiceHoldMs = 250;  // pauses of that length belong to a voice
  constexpr int kSpeaks = 30;
  g_object_set(mixer_.get(), "duck-attenuation", 0.1, "duck-attack",
               static_cast<guint64>(kAttackMs) * GST_MSECOND, "duck-hold",
               static_cast<guint64>(kHoldMs) * GST_MSECOND, "duck-release",
               static_cast<guint64>(kReleaseMs) * GST_MSECOND, nullptr);
  const Input music = add(0, "follower"), voice = add(1, "leader");
  // The music alone, under a voice that is not heard with it.
  const std::size_t listener = listen("src_9", "sink_0");
  const auto play = [&](bool speaks) {
    say(music, sine(0.5, 1000, block_));
    say(voice, speaks ? sine(0.3, 300, block_) : std::vector<float>(kSamples));
    mix();
  };
  for (int i = 0; i < 50; ++i) play(false);
  heard(listener);
  const double until = kSpeaks * 10 + kVoiceHoldMs;
  const auto defined = [&](double ms) {
    const auto down = [&](double at) { return std::max(kDepthDb * at / kAttackMs, kDepthDb); };
    if (ms <= until + kHoldMs) return down(ms);
    return std::min(kDepthDb * (1 - (ms - until - kHoldMs) / kReleaseMs), 0.0);
  };
  for (int block = 1; block <= 120; ++block) {
    play(block <= kSpeaks);
    const std::vector<float> samples = heard(listener);
    ASSERT_EQ(samples.size(), kSamples);
    // The last millisecond, a period of the tone.
    const double level = tone({samples.end() - 48, samples.end()}, 1000);
    EXPECT_NEAR(20 * std::log10(level / 0.5), defined(block * 10), 1) << block * 10 << " ms";
  }
}

}  // namespace
