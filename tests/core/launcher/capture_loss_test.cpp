#include "audio/core/capture_loss.hpp"

#include <gtest/gtest.h>

#include <random>

using jackfield::CaptureLoss;

namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1000 * kMs;

// A microphone whose buffers of 20 ms come with some jitter.
class Microphone {
 public:
  // `speed`: of its clock against ours, 1 + ppm.
  explicit Microphone(double speed = 1) : speed_(speed) {}

  void run(std::int64_t duration) {
    const std::int64_t end = time_ + duration;
    for (; time_ < end; time_ += static_cast<std::int64_t>(20 * kMs / speed_))
      push(time_ + jitter());
  }
  // Nobody reads for a while; then what fits the buffer comes at once, the rest is gone.
  void stall(std::int64_t duration, std::int64_t buffer) {
    const std::int64_t kept = std::min(duration, buffer);
    time_ += duration;
    for (std::int64_t at = 0; at < kept; at += 20 * kMs) push(time_);
  }
  void skip(std::int64_t duration) { position_ += duration; }  // a hole in the count
  std::int64_t lost() const { return lost_; }
  int times() const { return times_; }

 private:
  std::int64_t jitter() { return std::uniform_int_distribution<std::int64_t>{0, 8 * kMs}(random_); }
  void push(std::int64_t arrival) {
    const std::int64_t lost = loss_.add(position_, 20 * kMs, arrival);
    position_ += 20 * kMs;
    lost_ += lost;
    times_ += lost > 0;
  }

  CaptureLoss loss_;
  std::mt19937 random_{5};
  const double speed_;
  std::int64_t position_ = 7 * kSecond;
  std::int64_t time_ = 90 * kSecond;
  std::int64_t lost_ = 0;
  int times_ = 0;
};

}  // namespace

TEST(CaptureLossTest, JitterAndDriftAreNoLoss) {
  for (const double ppm : {-300.0, 0.0, 300.0}) {
    Microphone microphone{1 + ppm / 1e6};
    microphone.run(7200 * kSecond);
    EXPECT_EQ(microphone.times(), 0) << ppm;
  }
}

TEST(CaptureLossTest, AHoleInTheCountIsALoss) {
  Microphone microphone;
  microphone.run(10 * kSecond);
  microphone.skip(540 * kMs);
  microphone.run(10 * kSecond);
  EXPECT_EQ(microphone.lost(), 540 * kMs);
  EXPECT_EQ(microphone.times(), 1);
}

TEST(CaptureLossTest, WhatTheServerDroppedIsFoundByTheLag) {
  Microphone microphone;
  microphone.run(10 * kSecond);
  microphone.stall(1500 * kMs, 200 * kMs);
  microphone.run(10 * kSecond);
  EXPECT_EQ(microphone.times(), 1);
  EXPECT_NEAR(static_cast<double>(microphone.lost()), 1300.0 * kMs, 10.0 * kMs);
}

TEST(CaptureLossTest, BeingLateIsNoLoss) {
  Microphone microphone;
  microphone.run(10 * kSecond);
  for (int i = 0; i < 20; ++i) {
    microphone.stall(180 * kMs, 200 * kMs);
    microphone.run(3 * kSecond);
  }
  EXPECT_EQ(microphone.times(), 0);
}

TEST(CaptureLossTest, EveryLossCounts) {
  Microphone microphone;
  microphone.run(10 * kSecond);
  for (int i = 0; i < 10; ++i) {
    microphone.stall(600 * kMs, 200 * kMs);
    microphone.run(5 * kSecond);
  }
  EXPECT_EQ(microphone.times(), 10);
  EXPECT_NEAR(static_cast<double>(microphone.lost()), 4000.0 * kMs, 100.0 * kMs);
}
