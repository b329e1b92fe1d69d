#include "webrtc/core/transit_times.hpp"

#include <gtest/gtest.h>

using jackfield::webrtc::TransitTimes;

namespace {
constexpr std::uint64_t kMs = 1'000'000;
}

TEST(TransitTimesTest, ABufferIsKnownByItsTimestamp) {
  TransitTimes times;
  times.left(0, 100);
  times.left(20 * kMs, 200);
  EXPECT_EQ(times.arrived(0, 350), 250);
  EXPECT_EQ(times.arrived(20 * kMs, 350), 150);
  EXPECT_EQ(times.arrived(20 * kMs + kMs / 2, 350), 150);
  EXPECT_EQ(times.arrived(10 * kMs, 350), std::nullopt);
}

TEST(TransitTimesTest, NothingIsKnownAtFirstNorWithoutATimestamp) {
  TransitTimes times;
  EXPECT_EQ(times.arrived(0, 1), std::nullopt);
  times.left(UINT64_MAX, 1);
  EXPECT_EQ(times.arrived(UINT64_MAX, 2), std::nullopt);
}

TEST(TransitTimesTest, TheNewestOfTheSameTimestampCounts) {
  TransitTimes times;
  times.left(0, 100);
  times.left(0, 200);
  EXPECT_EQ(times.arrived(0, 210), 10);
}

TEST(TransitTimesTest, OldOnesAreForgotten) {
  TransitTimes times;
  for (std::uint64_t i = 0; i <= TransitTimes::kRemembered; ++i) times.left(i * 20 * kMs, 0);
  EXPECT_EQ(times.arrived(0, 1), std::nullopt);
  EXPECT_EQ(times.arrived(20 * kMs, 1), 1);
}
