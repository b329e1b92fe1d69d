#include "far_clock.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace twilio {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kFrame = 20 * kMs;
constexpr int64_t kLocalStart = 7'000'000 * kMs;

// Frames of a far end whose clock is slow by `skew`, over a network of jittering delay.
class FarClockTest : public ::testing::Test {
 protected:
  // One frame; `extra` ms of delay on top of 25 ms and of what the jitter adds.
  void frame(double extra_ms = 0) {
    end_ += kFrame;
    const double delay = 25 + extra_ms + (jitter_ms_ > 0 ? jitter_(random_) * jitter_ms_ : 0);
    const int64_t arrival = sent(end_) + static_cast<int64_t>(delay * kMs);
    now_ = std::max(now_, arrival);  // in order, as TCP delivers
    clock_.observe(end_, now_);
    const int64_t read = clock_.read(end_ - kFrame);
    if (before_ != 0) {
      EXPECT_NEAR(static_cast<double>(read - before_), 20.0 * kMs, 0.0056 * 20 * kMs);
    }
    before_ = read;
    // What a frame's time is away from its sounding there plus the least delay.
    error_ms_ = static_cast<double>(read - sent(end_ - kFrame) - 25 * kMs) / kMs;
  }
  void run(double seconds, double extra_ms = 0) {
    for (int i = 0; i < static_cast<int>(seconds * 50); ++i) frame(extra_ms);
  }
  int64_t sent(int64_t end) const {
    return kLocalStart + end + std::llround(static_cast<double>(end) * skew_);
  }

  FarClock clock_;
  double skew_ = 0;
  double jitter_ms_ = 5;
  std::exponential_distribution<double> jitter_{1.0};
  std::mt19937 random_{1};
  int64_t end_ = 0;
  int64_t now_ = 0;
  int64_t before_ = 0;
  double error_ms_ = 0;
};

TEST_F(FarClockTest, FollowsClocksOfEveryKind) {
  for (const double skew : {0.0, 200e-6, -200e-6, 20e-6, -450e-6}) {
    clock_.restart();
    skew_ = skew;
    end_ = now_ = before_ = 0;
    run(60);
    EXPECT_NEAR(clock_.skew(), skew, 30e-6);
    double most = 0;
    for (int minute = 0; minute < 120; ++minute) {
      run(60);
      most = std::max(most, std::abs(error_ms_));
    }
    EXPECT_LT(most, 2.0) << skew;
    EXPECT_NEAR(clock_.skew(), skew, 3e-6);
  }
}

TEST_F(FarClockTest, ALateFirstFrameIsFoundOut) {
  frame(400);
  EXPECT_GT(error_ms_, 390);
  run(1);
  EXPECT_LT(clock_.error(), -380 * kMs);
  run(100);
  EXPECT_NEAR(error_ms_, 0, 3);
}

TEST_F(FarClockTest, AJumpPutsItRightAtOnce) {
  frame(400);
  run(1);
  clock_.jump(clock_.error());
  before_ = 0;
  run(0.1);
  EXPECT_NEAR(error_ms_, 0, 3);
}

TEST_F(FarClockTest, StallsTellNothing) {
  skew_ = 100e-6;
  run(120);
  for (int i = 0; i < 100; ++i) {
    frame(50.0 * (i % 40));  // up to 2 s, and the backlog behind it
    run(30);
    EXPECT_NEAR(error_ms_, 0, 2);
    EXPECT_NEAR(clock_.skew(), skew_, 10e-6);
  }
}

TEST_F(FarClockTest, ALongerRouteIsAcceptedInTime) {
  run(300);
  run(100, 80);
  EXPECT_NEAR(error_ms_, 0, 3);
  run(200, 80);
  EXPECT_NEAR(error_ms_, 80, 5);
  EXPECT_NEAR(clock_.skew(), 0, 100e-6);
  run(600, 80);
  EXPECT_NEAR(error_ms_, 80, 3);
  EXPECT_NEAR(clock_.skew(), 0, 5e-6);
}

TEST_F(FarClockTest, AShorterRouteToo) {
  run(300, 80);
  run(60, 0);
  EXPECT_NEAR(error_ms_, 0, 8);
  run(300, 0);
  EXPECT_NEAR(error_ms_, 0, 3);
}

TEST_F(FarClockTest, AfterForgettingReadingsGoOn) {
  skew_ = 100e-6;
  run(300);
  clock_.forget();
  run(60, 150);  // 150 ms passed of which the count knows nothing
  EXPECT_NEAR(clock_.skew(), 100e-6, 50e-6);
  EXPECT_NEAR(error_ms_, 150, 5);
}

TEST_F(FarClockTest, AMadPeerHasBoundedSkew) {
  for (int i = 0; i < 20'000; ++i) {
    end_ += kFrame;
    now_ += i % 3 ? 1 : 3 * kFrame;  // anything
    clock_.observe(end_, kLocalStart + now_);
    clock_.read(end_);
    ASSERT_LE(std::abs(clock_.skew()), FarClock::kMaxSkew);
  }
}

}  // namespace
}  // namespace twilio
