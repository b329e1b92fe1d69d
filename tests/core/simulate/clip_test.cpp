#include "simulate/core/clip.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "g711.hpp"

namespace jackfield::simulate {
namespace {

std::vector<std::int16_t> tone(double hz, int rate, double seconds, double amplitude) {
  std::vector<std::int16_t> out;
  for (int i = 0; i < static_cast<int>(rate * seconds); ++i)
    out.push_back(
        static_cast<std::int16_t>(amplitude * std::sin(2 * std::numbers::pi * hz * i / rate)));
  return out;
}

double rms(const std::vector<std::int16_t>& samples) {
  double sum = 0;
  // The ends have half a filter's transient.
  for (std::size_t i = 200; i + 200 < samples.size(); ++i)
    sum += samples[i] * double{1} * samples[i];
  return std::sqrt(sum / static_cast<double>(samples.size() - 400));
}

TEST(ResampleTest, KeepsTheBandAndRemovesWhatWouldAlias) {
  const double full = 10000 / std::numbers::sqrt2;
  for (const int rate : {16000, 22050, 44100, 48000}) {
    const auto kept = resample_to_line(tone(1000, rate, 0.5, 10000), rate);
    EXPECT_NEAR(static_cast<double>(kept.size()), 4000, 1) << rate;
    EXPECT_NEAR(rms(kept), full, full * 0.01) << rate;
    const auto gone = resample_to_line(tone(5000, rate, 0.5, 10000), rate);
    EXPECT_LT(rms(gone), full * 0.003) << rate;  // -50 dB
  }
}

TEST(ResampleTest, TheToneIsTheSameTone) {
  const auto out = resample_to_line(tone(1000, 16000, 0.5, 10000), 16000);
  const auto wanted = tone(1000, 8000, 0.5, 10000);
  for (std::size_t i = 300; i + 300 < out.size(); ++i) EXPECT_NEAR(out[i], wanted[i], 60) << i;
}

TEST(ClipTest, FindsWhereSpeechStands) {
  WavAudio audio{8000, std::vector<std::int16_t>(8000, 0)};
  const auto voice = tone(400, 8000, 0.3, 8000);
  std::copy(voice.begin(), voice.end(), audio.samples.begin() + 1600);
  const Clip clip = make_clip(audio);
  EXPECT_EQ(clip.mulaw.size(), 8000u);
  EXPECT_NEAR(static_cast<double>(clip.speech_begin), 1600, 80);
  EXPECT_NEAR(static_cast<double>(clip.speech_end), 4000, 80);
}

TEST(ClipTest, ASilentClipHasNoSpeech) {
  const Clip clip = make_clip({8000, std::vector<std::int16_t>(800, 3)});
  EXPECT_EQ(clip.speech_begin, 0);
  EXPECT_EQ(clip.speech_end, 0);
}

TEST(ClipTest, GainIsInDecibels) {
  const WavAudio audio{8000, std::vector<std::int16_t>(80, 1000)};
  EXPECT_NEAR(mulaw_to_linear(make_clip(audio, -20).mulaw[0]), 100, 8);
  EXPECT_NEAR(mulaw_to_linear(make_clip(audio, 40).mulaw[0]), 32124, 1);
}

TEST(ClipTest, JoinKeepsTheFirstAndLastSpeech) {
  Clip quiet{std::vector<std::uint8_t>(100, kMulawSilence), 0, 0};
  Clip word{std::vector<std::uint8_t>(200, 0x80), 20, 180};
  const Clip* const parts[] = {&quiet, &word, &word};
  const Clip joined = join_clips(parts, 50);
  EXPECT_EQ(joined.mulaw.size(), 600u);
  EXPECT_EQ(joined.speech_begin, 170);
  EXPECT_EQ(joined.speech_end, 580);
  EXPECT_EQ(joined.mulaw[360], kMulawSilence);
}

}  // namespace
}  // namespace jackfield::simulate
