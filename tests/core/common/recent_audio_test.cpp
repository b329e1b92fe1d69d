#include "recent_audio.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace {

using jackfield::RecentAudio;

constexpr std::uint64_t kMs = 1'000'000;

std::vector<std::int16_t> ramp(std::int16_t from, std::size_t count) {
  std::vector<std::int16_t> result(count);
  std::iota(result.begin(), result.end(), from);
  return result;
}

TEST(RecentAudio, GivesWhatWasCapturedSinceATime) {
  RecentAudio recent(8000, 8000);
  for (std::int16_t i = 0; i < 10; ++i) {
    recent.append(i * 20 * kMs, ramp(static_cast<std::int16_t>(i * 160), 160));
  }
  EXPECT_EQ(recent.end(), 200 * kMs);
  EXPECT_EQ(recent.since(150 * kMs), ramp(1200, 400));
  EXPECT_EQ(recent.since(0), ramp(0, 1600));
  EXPECT_TRUE(recent.since(200 * kMs).empty());
  EXPECT_TRUE(recent.since(900 * kMs).empty());
}

TEST(RecentAudio, KeepsTheNewestOnly) {
  RecentAudio recent(8000, 300);
  for (std::int16_t i = 0; i < 10; ++i) {
    recent.append(i * 20 * kMs, ramp(static_cast<std::int16_t>(i * 160), 160));
  }
  EXPECT_EQ(recent.size(), 300U);
  EXPECT_EQ(recent.since(0), ramp(1300, 300));
  recent.append(200 * kMs, ramp(5000, 1000));
  EXPECT_EQ(recent.since(0), ramp(5700, 300));
}

TEST(RecentAudio, AJumpInTimeForgetsWhatCameBefore) {
  RecentAudio recent(8000, 8000);
  recent.append(0, ramp(0, 160));
  recent.append(20 * kMs + RecentAudio::kJump / 2, ramp(160, 160));
  EXPECT_EQ(recent.size(), 320U);  // jitter of time stamps is no jump
  recent.append(5000 * kMs, ramp(7, 160));
  EXPECT_EQ(recent.since(0), ramp(7, 160));
  recent.append(1000 * kMs, ramp(9, 160));
  EXPECT_EQ(recent.since(0), ramp(9, 160));
}

TEST(RecentAudio, ClearForgetsAll) {
  RecentAudio recent(8000, 100);
  recent.append(0, ramp(0, 80));
  recent.clear();
  EXPECT_TRUE(recent.since(0).empty());
  recent.append(10 * kMs, ramp(3, 80));
  EXPECT_EQ(recent.since(0), ramp(3, 80));
}

}  // namespace
