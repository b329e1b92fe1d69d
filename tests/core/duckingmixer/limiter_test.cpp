#include "limiter.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

using namespace ducking;

namespace {

constexpr std::size_t kFrames = 480;

std::vector<float> tone(float most, std::size_t blocks) {
  std::vector<float> samples(blocks * kFrames);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = most * static_cast<float>(
                            std::sin(2 * std::numbers::pi * 300 * static_cast<double>(i) / 48000));
  return samples;
}

void limit(Limiter& limiter, std::vector<float>& samples, std::size_t channels = 1) {
  const std::size_t block = kFrames * channels;
  for (std::size_t i = 0; i + block <= samples.size(); i += block) {
    const float peak = kernels().peak(samples.data() + i, block);
    const float left = limiter.apply(kernels(), samples.data() + i, kFrames, channels, peak);
    ASSERT_EQ(left, kernels().peak(samples.data() + i, block));
  }
}

TEST(Limiter, LeavesAloneWhatIsNotTooLoud) {
  Limiter limiter;
  const auto before = tone(0.89F, 20);
  auto samples = before;
  limit(limiter, samples);
  EXPECT_EQ(samples, before);
  EXPECT_TRUE(limiter.idle());
}

TEST(Limiter, NothingIsBeyondTheCeiling) {
  std::mt19937 dice(1);
  std::normal_distribution<float> value(0, 1);
  std::vector<float> samples(100 * kFrames);
  float loud = 1;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i % 1000 == 0) loud = std::abs(value(dice)) * 20;
    samples[i] = value(dice) * loud;
  }
  Limiter limiter;
  limit(limiter, samples);
  for (const float sample : samples) ASSERT_LE(std::abs(sample), Limiter::kCeiling * 1.00001F);
}

TEST(Limiter, AToneThatIsTooLoudKeepsItsShapeAndNothingPumps) {
  auto samples = tone(4, 100);
  Limiter limiter;
  limit(limiter, samples);
  // Behind the first second: peaks at the ceiling, and never much below.
  float least = 1;
  for (std::size_t period = 60 * kFrames; period + 160 <= samples.size(); period += 160) {
    float most = 0;
    for (std::size_t i = 0; i < 160; ++i) most = std::max(most, std::abs(samples[period + i]));
    least = std::min(least, most);
  }
  EXPECT_GT(least, Limiter::kCeiling * 0.97F);
}

TEST(Limiter, ComesBackIn80Ms) {
  Limiter limiter;
  auto loud = tone(4, 4);
  limit(limiter, loud);
  const float gain = limiter.gain();
  EXPECT_LT(gain, 0.26F);
  auto soft = tone(0.1F, 8);
  limit(limiter, soft);
  EXPECT_NEAR(1 - limiter.gain(), (1 - gain) / std::numbers::e, 0.01);
  auto more = tone(0.1F, 100);
  limit(limiter, more);
  EXPECT_TRUE(limiter.idle());
}

TEST(Limiter, ChannelsHaveTheSameGain) {
  const auto left = tone(4, 20);
  std::vector<float> both;
  for (const float sample : left) {
    both.push_back(sample);
    both.push_back(sample / 8);
  }
  Limiter limiter;
  limit(limiter, both, 2);
  for (std::size_t i = 0; i < both.size(); i += 2)
    ASSERT_NEAR(both[i], 8 * both[i + 1], 2e-3F) << i;
}

}  // namespace
