// Mute, gain and levels on the pads of a pipeline.
#include "control/audio_control.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <thread>

#include "control/core/voice_samples.hpp"
#include "voice_pipeline.hpp"

namespace jackfield {
namespace {

using test::Bytes;
using test::VoicePipeline;
using Samples = VoiceFormat::Samples;

constexpr char kMulaw[] = "audio/x-mulaw,rate=8000,channels=1";
constexpr OfBoth<VoiceChange> kMuteCaller{.caller = {.muted = true, .gain = {}}, .agent = {}};
constexpr OfBoth<VoiceChange> kUnmuteCaller{.caller = {.muted = false, .gain = {}}, .agent = {}};

OfBoth<VoiceChange> caller_gain(double decibels) {
  return {.caller = {.muted = {}, .gain = decibels}, .agent = {}};
}

struct Sound {
  Samples samples = Samples::kMulaw;
  int rate = 8000, channels = 1;
  double amplitude = 0.25;
  std::size_t frame = 0;  // of the next one

  // 20 ms of a tone.
  Bytes next() {
    Bytes bytes(static_cast<std::size_t>(rate / 50 * channels) * sample_size(samples));
    with_samples(samples, [&](auto kind) {
      using Kind = decltype(kind);
      for (std::size_t i = 0; i < bytes.size() / Kind::kSize; ++i) {
        const double t = static_cast<double>(frame + i / static_cast<std::size_t>(channels)) / rate;
        Kind::write(&bytes[i * Kind::kSize], amplitude * std::sin(2 * std::numbers::pi * 300 * t));
      }
    });
    frame += static_cast<std::size_t>(rate / 50);
    return bytes;
  }
  double loudness(const Bytes& bytes) const {
    VoiceLevel level;
    level.add(bytes, {.samples = samples, .rate = rate, .channels = channels});
    return level.take().rms;
  }
};

class AudioControlTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};

TEST_F(AudioControlTest, ACallThatNobodyTouchesHasNoProbe) {
  VoicePipeline line;
  line.begin(kMulaw);
  AudioControl control(line.pipeline());
  Sound sound;
  const Bytes bytes = sound.next();
  EXPECT_EQ(line.push(bytes), bytes);
  EXPECT_EQ(VoicePipeline::probes(line.source()), 0);
  EXPECT_EQ(control.change(kUnmuteCaller), "");
  EXPECT_EQ(control.change(caller_gain(0)), "");
  EXPECT_EQ(VoicePipeline::probes(line.source()), 0);
  EXPECT_EQ(VoicePipeline::probes(line.sink()), 0);
}

TEST_F(AudioControlTest, MutesAndLeavesNothingBehind) {
  VoicePipeline line;
  line.begin(kMulaw);
  AudioControl control(line.pipeline());
  Sound sound;
  line.push(sound.next());
  ASSERT_EQ(control.change(kMuteCaller), "");
  EXPECT_TRUE(control.muted().caller);
  EXPECT_FALSE(control.muted().agent);
  EXPECT_EQ(VoicePipeline::probes(line.source()), 1);
  EXPECT_EQ(VoicePipeline::probes(line.sink()), 0);
  const Bytes faded = line.push(sound.next());
  EXPECT_NE(faded[20], kMulawSilence);
  EXPECT_EQ(faded.back(), kMulawSilence);
  EXPECT_EQ(line.push(sound.next()), Bytes(160, kMulawSilence));
  ASSERT_EQ(control.change(kUnmuteCaller), "");
  const Bytes back = line.push(sound.next());
  EXPECT_NEAR(sound.loudness(Bytes(back.begin() + 80, back.end())), -15, 0.3);
  const Bytes whole = sound.next();
  EXPECT_EQ(line.push(whole), whole);
  EXPECT_EQ(VoicePipeline::probes(line.source()), 0) << "the probe goes once nothing is to be done";
  // And once more.
  ASSERT_EQ(control.change(kMuteCaller), "");
  line.push(sound.next());
  EXPECT_EQ(line.push(sound.next()), Bytes(160, kMulawSilence));
}

TEST_F(AudioControlTest, EveryFormatOfPhonesBrowsersAndDesks) {
  const struct {
    const char* caps;
    Sound sound;
  } kinds[] = {
      {kMulaw, {}},
      {"audio/x-alaw,rate=8000,channels=1", {.samples = Samples::kAlaw}},
      {"audio/x-raw,format=S16LE,layout=interleaved,rate=16000,channels=1",
       {.samples = Samples::kS16, .rate = 16000}},
      {"audio/x-raw,format=S32LE,layout=interleaved,rate=44100,channels=2",
       {.samples = Samples::kS32, .rate = 44100, .channels = 2}},
      {"audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2",
       {.samples = Samples::kF32, .rate = 48000, .channels = 2}},
      {"audio/x-raw,format=F64LE,layout=interleaved,rate=48000,channels=1",
       {.samples = Samples::kF64, .rate = 48000}},
  };
  for (const auto& [caps, kind] : kinds) {
    SCOPED_TRACE(caps);
    VoicePipeline line;
    line.begin(caps);
    AudioControl control(line.pipeline());
    Sound sound = kind;
    const double before = sound.loudness(line.push(sound.next()));
    ASSERT_EQ(control.change(caller_gain(-20)), "");
    line.push(sound.next());
    EXPECT_NEAR(sound.loudness(line.push(sound.next())) - before, -20, 0.2);
    ASSERT_EQ(control.change(kMuteCaller), "");
    line.push(sound.next());
    EXPECT_LT(sound.loudness(line.push(sound.next())), -70);
  }
}

TEST_F(AudioControlTest, TheAgentIsChangedAtTheSinkAndBuffersThatOthersHoldAreNot) {
  VoicePipeline line("tee name=both ! ");
  line.begin(kMulaw);
  AudioControl control(line.pipeline());
  Sound sound;
  ASSERT_EQ(control.change({.caller = {}, .agent = {.muted = true, .gain = {}}}), "");
  EXPECT_EQ(VoicePipeline::probes(line.sink()), 1);
  EXPECT_EQ(VoicePipeline::probes(line.source()), 0);
  line.push(sound.next());
  const Bytes bytes = sound.next();
  const gstpp::BufferPtr kept = line.buffer(bytes);
  gst_pad_push(line.source(), gst_buffer_ref(kept.get()));
  EXPECT_EQ(line.taken(), Bytes(160, kMulawSilence));
  const gstpp::MappedBuffer map{kept.get(), GST_MAP_READ};
  EXPECT_EQ(Bytes(map.data(), map.data() + map.size()), bytes);
}

TEST_F(AudioControlTest, ListsOfBuffersAndNewCaps) {
  VoicePipeline line;
  line.begin(kMulaw);
  AudioControl control(line.pipeline());
  Sound sound;
  ASSERT_EQ(control.change(kMuteCaller), "");
  line.push(sound.next());
  GstBufferList* list = gst_buffer_list_new();
  gst_buffer_list_add(list, line.buffer(sound.next()).release());
  gst_buffer_list_add(list, line.buffer(sound.next()).release());
  gst_pad_push_list(line.source(), list);
  EXPECT_EQ(line.taken(), Bytes(320, kMulawSilence));
  line.set_caps("audio/x-raw,format=S16LE,layout=interleaved,rate=8000,channels=1");
  Sound linear{.samples = Samples::kS16};
  EXPECT_EQ(line.push(linear.next()), Bytes(320, 0));
}

TEST_F(AudioControlTest, WhatBeginsAnewIsNotFadedIntoSilence) {
  VoicePipeline line;
  line.begin(kMulaw);
  AudioControl control(line.pipeline());
  Sound sound;
  control.measure(true);  // its probe has seen the stream
  line.push(sound.next());
  ASSERT_EQ(control.change(kMuteCaller), "");
  line.at += GST_SECOND;  // nothing came meanwhile
  EXPECT_EQ(line.push(sound.next()), Bytes(160, kMulawSilence));
}

TEST_F(AudioControlTest, SaysWhatItCannotDo) {
  VoicePipeline line;
  line.begin("audio/x-raw,format=S24LE,layout=interleaved,rate=8000,channels=1");
  AudioControl control(line.pipeline());
  EXPECT_NE(control.change(kMuteCaller).find("format that cannot be changed"), std::string::npos);
  EXPECT_FALSE(control.muted().caller);
  EXPECT_EQ(VoicePipeline::probes(line.source()), 0);

  const gstpp::ElementPtr silent{
      GST_ELEMENT(gst_object_ref_sink(gst_parse_launch("fakesrc ! fakesink", nullptr)))};
  AudioControl none(silent.get());
  // All or nothing.
  EXPECT_NE(none.change(kMuteCaller).find("voice of the caller"), std::string::npos);
  none.measure(true);
  EXPECT_FALSE(none.take_levels().caller);
  EXPECT_FALSE(none.take_levels().agent);
}

TEST_F(AudioControlTest, MeasuresWhatPassesBehindMuteAndGain) {
  VoicePipeline line;
  line.begin(kMulaw);
  AudioControl control(line.pipeline());
  Sound sound;
  control.measure(true);
  EXPECT_EQ(VoicePipeline::probes(line.source()), 1);
  EXPECT_EQ(VoicePipeline::probes(line.sink()), 1);
  const Bytes bytes = sound.next();
  EXPECT_EQ(line.push(bytes), bytes);
  auto levels = control.take_levels();
  ASSERT_TRUE(levels.caller && levels.agent);
  EXPECT_NEAR(levels.caller->peak, -12, 0.3);
  EXPECT_NEAR(levels.caller->rms, -15, 0.3);
  EXPECT_NEAR(levels.agent->rms, -15, 0.3);
  EXPECT_EQ(control.take_levels().caller->rms, Loudness::kSilence) << "nothing came";
  control.change(caller_gain(-20));
  line.push(sound.next());
  control.take_levels();
  line.push(sound.next());
  levels = control.take_levels();
  EXPECT_NEAR(levels.caller->rms, -35, 0.5);
  EXPECT_NEAR(levels.agent->rms, -35, 0.5) << "the same, further on";
  control.change(caller_gain(0));
  line.push(sound.next());
  control.measure(false);
  line.push(sound.next());
  EXPECT_EQ(VoicePipeline::probes(line.source()), 0);
  EXPECT_EQ(VoicePipeline::probes(line.sink()), 0);
}

TEST_F(AudioControlTest, LetsGoOfTheVoicesWhenItGoes) {
  VoicePipeline line;
  line.begin(kMulaw);
  Sound sound;
  {
    AudioControl control(line.pipeline());
    control.change(kMuteCaller);
    control.measure(true);
    line.push(sound.next());
  }
  EXPECT_EQ(VoicePipeline::probes(line.source()), 0);
  EXPECT_EQ(VoicePipeline::probes(line.sink()), 0);
  const Bytes bytes = sound.next();
  EXPECT_EQ(line.push(bytes), bytes);
}

TEST_F(AudioControlTest, SettingsChangeWhileTheVoiceFlows) {
  VoicePipeline line;
  line.begin(kMulaw);
  std::atomic<bool> done{false};
  std::thread speaker([&] {
    Sound sound;
    while (!done) line.push(sound.next());
  });
  for (int round = 0; round < 300; ++round) {
    AudioControl control(line.pipeline());
    for (int i = 0; i < 5; ++i) {
      control.change(i % 2 ? kUnmuteCaller : kMuteCaller);
      control.measure(i % 3 == 0);
      control.take_levels();
    }
  }
  done = true;
  speaker.join();
  EXPECT_EQ(VoicePipeline::probes(line.source()), 0);
}

}  // namespace
}  // namespace jackfield
