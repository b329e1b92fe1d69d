#include "rate_clock.hpp"

#include <gtest/gtest.h>

#include "line_units.hpp"

namespace twilio {
namespace {

constexpr uint64_t kHour = 3'600'000 * kMillisecondNs;

TEST(RateClockTest, IsOursWithoutSkew) {
  RateClock clock;
  EXPECT_EQ(clock.far(12345), 12345U);
  EXPECT_EQ(clock.local(12345), 12345U);
  EXPECT_EQ(clock.local(kNever), kNever);
}

TEST(RateClockTest, CountsAtTheFarSpeed) {
  RateClock clock;
  clock.set_skew(200e-6, 0);  // slow: loses 0.72 s an hour
  EXPECT_NEAR(static_cast<double>(clock.far(kHour)), 3600e9 / 1.0002, 1000);
  clock.set_skew(-200e-6, kHour);
  EXPECT_NEAR(static_cast<double>(clock.far(2 * kHour)), 7200e9, 1e6);
}

TEST(RateClockTest, NeverJumpsNorGoesBack) {
  RateClock clock;
  uint64_t before = 0;
  for (uint64_t now = 0; now < kHour; now += 1'234'567'890) {
    const uint64_t far = clock.far(now);
    EXPECT_GE(far, before);
    before = far;
    clock.set_skew(now % 7 ? 500e-6 : -500e-6, now);
    EXPECT_EQ(clock.far(now), far);
  }
}

TEST(RateClockTest, ADeadlineIsReachedWhenItIsSaidToBe) {
  for (const double skew : {200e-6, -200e-6, 500e-6}) {
    RateClock clock;
    clock.set_skew(skew, kHour);
    for (uint64_t wait = 1; wait < kHour; wait *= 3) {
      const uint64_t goal = clock.far(kHour) + wait;
      const uint64_t at = clock.local(goal);
      EXPECT_GE(clock.far(at), goal);
      EXPECT_LT(clock.far(at), goal + 3);
    }
  }
}

TEST(RateClockTest, ATimeOfThePastChangesNothing) {
  RateClock clock;
  clock.set_skew(200e-6, kHour);
  clock.set_skew(-200e-6, 5);
  EXPECT_LT(clock.far(2 * kHour), 2 * kHour);
}

}  // namespace
}  // namespace twilio
