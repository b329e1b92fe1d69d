#include "dtmf_tones.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "g711.hpp"

namespace twilio {
namespace {

// Power of one frequency (Goertzel), as amplitude of full scale 32768.
double amplitude(std::span<const uint8_t> mulaw, double hz) {
  const double w = 2 * std::numbers::pi * hz / 8000;
  double re = 0;
  double im = 0;
  for (size_t i = 0; i < mulaw.size(); ++i) {
    const double s = jackfield::mulaw_to_linear(mulaw[i]);
    re += s * std::cos(w * static_cast<double>(i));
    im += s * std::sin(w * static_cast<double>(i));
  }
  return 2 * std::hypot(re, im) / static_cast<double>(mulaw.size());
}

std::vector<uint8_t> render(DtmfTones& tones, size_t samples, size_t piece = 160) {
  std::vector<uint8_t> out(samples, jackfield::kMulawSilence);
  for (size_t at = 0; at < samples; at += piece) {
    tones.mix(std::span(out).subspan(at, std::min(piece, samples - at)));
  }
  return out;
}

TEST(DtmfTonesTest, KeysAndNumbers) {
  EXPECT_EQ(dtmf_number('7'), 7);
  EXPECT_EQ(dtmf_number('*'), 10);
  EXPECT_EQ(dtmf_number('#'), 11);
  EXPECT_EQ(dtmf_number('D'), 15);
  EXPECT_FALSE(dtmf_number('x'));
  for (int n = 0; n < 16; ++n) EXPECT_EQ(dtmf_number(*dtmf_key(n)), n);
  EXPECT_FALSE(dtmf_key(16));
  EXPECT_FALSE(dtmf_key(-1));
}

TEST(DtmfTonesTest, TheTwoFrequenciesAtTheLevelAsked) {
  DtmfTones tones;
  ASSERT_TRUE(tones.press(5, 10));
  tones.release();
  const auto out = render(tones, 800);
  const auto middle = std::span(out).subspan(80, 640);
  // -10 dBm0 of both together is -13 of each; a full-scale sine is +3.17 dBm0.
  const double expected = 32767 * std::pow(10, (-10 - 3.01 - 3.17) / 20);
  EXPECT_NEAR(amplitude(middle, 770), expected, expected * 0.05);
  EXPECT_NEAR(amplitude(middle, 1336), expected, expected * 0.05);
  EXPECT_LT(amplitude(middle, 1100), expected * 0.05);
}

TEST(DtmfTonesTest, LastsAsLongAsTheKeyIsDown) {
  DtmfTones tones;
  tones.press(1, 8);
  auto out = render(tones, 4000);
  EXPECT_GT(amplitude(std::span(out).subspan(3200, 800), 697), 500);
  tones.release();
  out = render(tones, 1600);
  EXPECT_LT(amplitude(std::span(out).subspan(160, 640), 697), 10);
  EXPECT_FALSE(tones.active());
}

TEST(DtmfTonesTest, AKeyNeverReleasedEnds) {
  DtmfTones tones;
  tones.press(1, 8);
  render(tones, DtmfTones::kMaxToneSamples + DtmfTones::kPauseSamples + 100);
  EXPECT_FALSE(tones.active());
}

TEST(DtmfTonesTest, KeysFollowEachOtherWithAPause) {
  DtmfTones tones;
  tones.press(1, 8);
  tones.press(9, 8);
  tones.release();
  const auto out = render(tones, 3200, 77);
  EXPECT_GT(amplitude(std::span(out).subspan(80, 640), 697), 500);
  EXPECT_LT(amplitude(std::span(out).subspan(880, 640), 697), 10);
  EXPECT_GT(amplitude(std::span(out).subspan(1680, 640), 852), 500);
  EXPECT_FALSE(tones.active());
}

TEST(DtmfTonesTest, IsAddedToSpeechWithoutClipping) {
  DtmfTones tones;
  tones.press(0, 0);
  std::vector<uint8_t> loud(800, 0x80);  // the largest positive sample
  tones.mix(loud);
  for (const uint8_t code : loud) EXPECT_GE(jackfield::mulaw_to_linear(code), -32768 + 0);
  DtmfTones idle;
  std::vector<uint8_t> speech{1, 2, 3};
  idle.mix(speech);
  EXPECT_EQ(speech, (std::vector<uint8_t>{1, 2, 3}));
}

TEST(DtmfTonesTest, IsBounded) {
  DtmfTones tones;
  EXPECT_FALSE(tones.press(16, 8));
  for (size_t i = 0; i < DtmfTones::kMaxKeys; ++i) EXPECT_TRUE(tones.press(1, 8));
  EXPECT_FALSE(tones.press(1, 8));
}

}  // namespace
}  // namespace twilio
