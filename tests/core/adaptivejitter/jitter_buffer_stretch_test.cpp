// Faster and slower: by whole periods, at a pace that is not noticed, and only where speech is like
// itself.
#include <functional>

#include "jitter_buffer_fixture.hpp"

using namespace jitter_test;

namespace {

class JitterBufferStretchTest : public JitterBufferTest {
 protected:
  using Wave = std::function<double(int64_t sample)>;  // −1 to 1

  void send_wave(int64_t k, int64_t now_ms, const Wave& wave) {
    std::vector<uint8_t> bytes;
    for (int64_t i = k * 160; i < (k + 1) * 160; ++i) {
      const auto sample = static_cast<int16_t>(32767 * wave(i));
      bytes.push_back(static_cast<uint8_t>(sample & 0xff));
      bytes.push_back(static_cast<uint8_t>(sample >> 8 & 0xff));
    }
    buffer_.insert({1, static_cast<uint16_t>(k), static_cast<uint32_t>(k * 160), bytes},
                   now_ms * kMs);
  }
  // Packets `k` to `end`, each 30 ms on its way; keeps what is heard.
  void run(int64_t k, int64_t end, const Wave& wave) {
    for (; k < end; ++k) {
      send_wave(k, k * 20 + 30, wave);
      for (const int64_t now : {k * 20 + 31, k * 20 + 41}) {
        pull(now);
        heard_.insert(heard_.end(), out_.begin(), out_.end());
      }
    }
  }
  void hold(int64_t least_ms) {
    jitter::TargetDelay::Config config;
    config.min_ns = least_ms * kMs;
    buffer_.set_config(config);
  }
  int64_t delay_ms() const { return buffer_.statistics().current_delay_ns / kMs; }

  // Of a wave that never steps more than `most` by itself.
  static void expect_no_steps(const std::vector<float>& samples, size_t from, float most) {
    for (size_t i = from + 1; i < samples.size(); ++i)
      ASSERT_LT(std::abs(samples[i] - samples[i - 1]), most) << i;
  }
  static int rising_zeros(const std::vector<float>& samples, size_t from) {
    int count = 0;
    for (size_t i = from + 1; i < samples.size(); ++i)
      count += samples[i - 1] < 0 && samples[i] >= 0;
    return count;
  }

  std::vector<float> heard_;
};

double voiced(int64_t i) {
  return 0.25 * std::sin(2 * std::numbers::pi * 200 * static_cast<double>(i) / 8000);
}
double silence(int64_t) { return 0; }
double noise(int64_t i) {
  std::mt19937 dice(static_cast<unsigned>(i));
  return std::uniform_real_distribution<double>(-0.25, 0.25)(dice);
}

// 200 Hz at 0.25: a step of 0.04 from one sample to the next.
constexpr float kStep = 0.08F;

}  // namespace

TEST_F(JitterBufferStretchTest, PlaysSlowerByWholePeriods) {
  run(0, 100, voiced);
  heard_.clear();
  const auto before = buffer_.statistics();
  const int64_t delay = delay_ms();
  hold(delay + 60);
  run(100, 200, voiced);
  const auto& after = buffer_.statistics();
  EXPECT_GE(delay_ms(), delay + 55);
  const auto inserted = after.inserted_samples - before.inserted_samples;
  EXPECT_GE(inserted, 55U * 8);
  EXPECT_EQ(inserted % 40, 0U);  // 5 ms at 8 kHz
  EXPECT_EQ(after.concealed_samples, before.concealed_samples);
  // It sounds as before: the same pitch, nowhere a step.
  expect_no_steps(heard_, 0, kStep);
  EXPECT_NEAR(rising_zeros(heard_, 0), 400, 2);  // 2 s
}

TEST_F(JitterBufferStretchTest, PlaysFasterByWholePeriodsAndNotTooFast) {
  hold(70);
  run(0, 100, voiced);
  ASSERT_GE(delay_ms(), 65);
  hold(0);
  heard_.clear();
  const auto before = buffer_.statistics();
  run(100, 110, voiced);  // 200 ms
  // 15 % of the time, and what was saved up beforehand: one tick and a half.
  EXPECT_LE(buffer_.statistics().removed_samples - before.removed_samples, 0.15 * 1600 + 120);
  run(110, 250, voiced);
  const auto& after = buffer_.statistics();
  EXPECT_LE(delay_ms(), 30);
  EXPECT_GE(after.removed_samples - before.removed_samples, 40U * 8);
  EXPECT_EQ((after.removed_samples - before.removed_samples) % 40, 0U);
  EXPECT_EQ(after.skipped_samples, before.skipped_samples);
  expect_no_steps(heard_, 0, kStep);
  EXPECT_NEAR(rising_zeros(heard_, 0), 600, 2);  // 3 s
}

TEST_F(JitterBufferStretchTest, FarBeyondTheTargetItHurries) {
  hold(200);
  run(0, 100, voiced);
  ASSERT_GE(delay_ms(), 190);
  hold(0);
  const auto before = buffer_.statistics();
  run(100, 110, voiced);
  const auto removed = buffer_.statistics().removed_samples - before.removed_samples;
  EXPECT_GT(removed, 0.15 * 1600 + 120);
  EXPECT_LE(removed, 0.30 * 1600 + 120);
}

TEST_F(JitterBufferStretchTest, SilenceIsShortenedSooner) {
  const auto removed_after = [&](const Wave& wave) {
    buffer_.reset();
    hold(70);
    run(0, 100, wave);
    hold(0);
    const auto before = buffer_.statistics().removed_samples;
    run(100, 110, wave);
    return buffer_.statistics().removed_samples - before;
  };
  EXPECT_GT(removed_after(silence), removed_after(voiced) + 80);
}

TEST_F(JitterBufferStretchTest, WhatIsNotLikeItselfIsLeftAlone) {
  hold(60);
  run(0, 100, noise);
  hold(0);
  const auto before = buffer_.statistics();
  run(100, 200, noise);
  EXPECT_EQ(buffer_.statistics().removed_samples, before.removed_samples);
  EXPECT_EQ(buffer_.statistics().inserted_samples, before.inserted_samples);
  EXPECT_EQ(buffer_.statistics().concealed_samples, before.concealed_samples);
}
