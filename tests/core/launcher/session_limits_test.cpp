#include "scenario/core/session_limits.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

using Overrun = SessionLimits::Overrun;
constexpr std::int64_t kSecond = 1'000'000'000;

TEST(SessionLimitsTest, ACallMustBeginInTimeAndEndInTime) {
  const SessionLimits limits{.start_within = 10 * kSecond, .max_call = 60 * kSecond};
  EXPECT_TRUE(limits.any());
  EXPECT_EQ(limits.judge(5 * kSecond, std::nullopt, 14 * kSecond), Overrun::kNone);
  EXPECT_EQ(limits.judge(5 * kSecond, std::nullopt, 15 * kSecond), Overrun::kNoCall);
  EXPECT_EQ(limits.judge(5 * kSecond, 10 * kSecond, 15 * kSecond), Overrun::kNone);
  EXPECT_EQ(limits.judge(5 * kSecond, 10 * kSecond, 69 * kSecond), Overrun::kNone);
  EXPECT_EQ(limits.judge(5 * kSecond, 10 * kSecond, 70 * kSecond), Overrun::kTooLong);
}

TEST(SessionLimitsTest, ZeroIsNoLimit) {
  const SessionLimits limits;
  EXPECT_FALSE(limits.any());
  EXPECT_EQ(limits.judge(0, std::nullopt, 1000 * kSecond), Overrun::kNone);
  EXPECT_EQ(limits.judge(0, 0, 1000000 * kSecond), Overrun::kNone);
}

}  // namespace
}  // namespace jackfield
