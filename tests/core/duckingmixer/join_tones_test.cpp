#include "join_tones.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace {

using ducking::JoinTones;

constexpr int kRate = 16000;
constexpr int kBlock = kRate / 100;

// All until the tones end, by blocks of 10 ms.
std::vector<float> all_of(JoinTones& tones, int channels = 1) {
  std::vector<float> heard;
  std::vector<float> block(static_cast<std::size_t>(kBlock * channels));
  for (int i = 0; tones.active() && i < 1000; ++i) {
    tones.render(block);
    heard.insert(heard.end(), block.begin(), block.end());
  }
  return heard;
}

double tone(const std::vector<float>& samples, std::size_t from, std::size_t to, double hertz) {
  double re = 0, im = 0;
  for (std::size_t i = from; i < to; ++i) {
    const double angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / kRate;
    re += samples[i] * std::cos(angle);
    im += samples[i] * std::sin(angle);
  }
  return 2 * std::hypot(re, im) / static_cast<double>(to - from);
}

TEST(JoinTones, NothingIsHeardUntilSomebodyComes) {
  JoinTones tones(kRate, 1);
  EXPECT_FALSE(tones.active());
  tones.came();
  EXPECT_TRUE(tones.active());
}

TEST(JoinTones, APairRisesOrFalls) {
  for (const bool came : {true, false}) {
    JoinTones tones(kRate, 1);
    came ? tones.came() : tones.went();
    const std::vector<float> heard = all_of(tones);
    ASSERT_EQ(heard.size(), 16U * kBlock);
    const std::size_t half = heard.size() / 2;
    const double first = came ? 660 : 880, second = came ? 880 : 660;
    EXPECT_GT(tone(heard, 0, half, first), 0.05);
    EXPECT_LT(tone(heard, 0, half, second), 0.01);
    EXPECT_GT(tone(heard, half, 2 * half, second), 0.05);
    EXPECT_LT(tone(heard, half, 2 * half, first), 0.01);
  }
}

TEST(JoinTones, ItIsAsLoudAsItShouldAndNeverSteps) {
  JoinTones tones(kRate, 1);
  tones.came();
  tones.went();
  std::vector<float> heard = all_of(tones);
  heard.insert(heard.begin(), 0);
  heard.push_back(0);
  float peak = 0, step = 0;
  for (std::size_t i = 1; i < heard.size(); ++i) {
    peak = std::max(peak, std::abs(heard[i]));
    step = std::max(step, std::abs(heard[i] - heard[i - 1]));
  }
  EXPECT_NEAR(20 * std::log10(peak), -24, 0.2);
  // The steepest that 880 Hz are at this level.
  EXPECT_LE(step, peak * 2 * std::numbers::pi * 880 / kRate);
}

TEST(JoinTones, SeveralAtOnceAreOne) {
  JoinTones tones(kRate, 1);
  std::vector<float> block(kBlock);
  tones.came();
  tones.came();
  tones.render(block);
  tones.came();
  EXPECT_EQ(all_of(tones).size(), 15U * kBlock);
}

TEST(JoinTones, WhoGoesWhileAnotherComesIsHeardBehind) {
  JoinTones tones(kRate, 1);
  std::vector<float> block(kBlock);
  tones.came();
  tones.render(block);
  tones.went();
  tones.came();
  const std::vector<float> heard = all_of(tones);
  EXPECT_EQ(heard.size(), 31U * kBlock);
  // The end of the second pair is the low tone.
  EXPECT_GT(tone(heard, 24 * kBlock, 31 * kBlock, 660), 0.04);
}

TEST(JoinTones, AllChannelsHaveIt) {
  JoinTones tones(kRate, 2);
  tones.came();
  const std::vector<float> heard = all_of(tones, 2);
  ASSERT_EQ(heard.size(), 32U * kBlock);
  for (std::size_t i = 0; i < heard.size(); i += 2) ASSERT_EQ(heard[i], heard[i + 1]);
  EXPECT_GT(*std::max_element(heard.begin(), heard.end()), 0.06F);
}

}  // namespace
