#include "upsampler.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace {

using localspeech::Upsampler;

std::vector<std::int16_t> tone(double hertz, int rate, std::size_t samples, double amplitude) {
  std::vector<std::int16_t> result;
  for (std::size_t i = 0; i < samples; ++i) {
    const double phase = 2.0 * std::numbers::pi * hertz * static_cast<double>(i) / rate;
    result.push_back(static_cast<std::int16_t>(std::lrint(amplitude * std::sin(phase))));
  }
  return result;
}

// Amplitude of one frequency, leaving out the filter's first samples.
double level_at(const std::vector<std::int16_t>& samples, double hertz, int rate) {
  const std::size_t skip = 4 * Upsampler::kTaps;
  double re = 0.0;
  double im = 0.0;
  for (std::size_t i = skip; i < samples.size(); ++i) {
    const double phase = 2.0 * std::numbers::pi * hertz * static_cast<double>(i) / rate;
    re += samples[i] * std::cos(phase);
    im += samples[i] * std::sin(phase);
  }
  return 2.0 * std::hypot(re, im) / static_cast<double>(samples.size() - skip);
}

TEST(Upsampler, KeepsATelephoneToneAndLetsItsImageThroughAtTheGivenGain) {
  for (const double hertz : {300.0, 1000.0, 2000.0}) {
    Upsampler upsampler(0.2F);
    std::vector<std::int16_t> out;
    upsampler.process(tone(hertz, 8000, 4064, 8000.0), out);
    ASSERT_EQ(out.size(), 8128U);
    EXPECT_NEAR(level_at(out, hertz, 16000), 8000.0, 80.0) << hertz;
    EXPECT_NEAR(level_at(out, 8000.0 - hertz, 16000), 1600.0, 80.0) << hertz;
  }
}

TEST(Upsampler, WithoutAnImageItIsAnInterpolator) {
  Upsampler upsampler(0.0F);
  std::vector<std::int16_t> out;
  upsampler.process(tone(1000.0, 8000, 4064, 8000.0), out);
  EXPECT_NEAR(level_at(out, 1000.0, 16000), 8000.0, 40.0);
  EXPECT_LT(level_at(out, 7000.0, 16000), 40.0);  // -46 dB
}

TEST(Upsampler, PiecesGiveWhatTheWholeGives) {
  const auto in = tone(700.0, 8000, 1000, 9000.0);
  Upsampler whole;
  std::vector<std::int16_t> expected;
  whole.process(in, expected);
  Upsampler pieces;
  std::vector<std::int16_t> out;
  for (std::size_t at = 0; at < in.size(); at += 37) {
    pieces.process(std::span(in).subspan(at, std::min<std::size_t>(37, in.size() - at)), out);
  }
  EXPECT_EQ(out, expected);
  pieces.reset();
  out.clear();
  pieces.process(in, out);
  EXPECT_EQ(out, expected);
}

TEST(Upsampler, LoudSamplesAreClippedNotWrapped) {
  Upsampler upsampler(0.5F);
  std::vector<std::int16_t> out;
  upsampler.process(std::vector<std::int16_t>(64, 32767), out);
  for (const std::int16_t s : out) EXPECT_GE(s, -3000);
  EXPECT_EQ(out[2 * 40], 32767);
}

}  // namespace
