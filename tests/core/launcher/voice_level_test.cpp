#include "control/core/voice_level.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "g711.hpp"

using namespace jackfield;

namespace {

std::vector<std::uint8_t> bytes_of(const std::vector<std::int16_t>& samples) {
  std::vector<std::uint8_t> bytes(samples.size() * sizeof(std::int16_t));
  std::memcpy(bytes.data(), samples.data(), bytes.size());
  return bytes;
}

TEST(VoiceLevelTest, ASineOfFullScale) {
  std::vector<std::int16_t> samples;
  for (int i = 0; i < 8000; ++i)
    samples.push_back(
        static_cast<std::int16_t>(32767 * std::sin(2 * std::numbers::pi * 437 * i / 8000)));
  VoiceLevel level;
  level.add(bytes_of(samples), {});
  const Loudness loudness = level.take();
  EXPECT_NEAR(loudness.peak, 0, 0.01);
  EXPECT_NEAR(loudness.rms, -3.01, 0.01);
}

TEST(VoiceLevelTest, SilenceAndNothing) {
  VoiceLevel level;
  EXPECT_EQ(level.take().peak, Loudness::kSilence);
  level.add(std::vector<std::uint8_t>(160, kMulawSilence),
            {.samples = VoiceFormat::Samples::kMulaw});
  const Loudness loudness = level.take();
  EXPECT_EQ(loudness.peak, Loudness::kSilence);
  EXPECT_EQ(loudness.rms, Loudness::kSilence);
}

TEST(VoiceLevelTest, EachLevelIsOfWhatCameSinceTheLast) {
  VoiceLevel level;
  level.add(bytes_of({16384, -16384}), {});
  level.add(bytes_of({0, 0}), {});
  Loudness loudness = level.take();
  EXPECT_NEAR(loudness.peak, -6.02, 0.01);
  EXPECT_NEAR(loudness.rms, -9.03, 0.01);
  level.add(bytes_of({328, -328}), {});
  loudness = level.take();
  EXPECT_NEAR(loudness.peak, -40, 0.01);
  EXPECT_NEAR(loudness.rms, -40, 0.01);
}

TEST(VoiceLevelTest, AllChannelsCount) {
  VoiceLevel level;
  level.add(bytes_of({100, 3277, -100, -3277}), {.channels = 2});
  EXPECT_NEAR(level.take().peak, -20, 0.01);
}

}  // namespace
