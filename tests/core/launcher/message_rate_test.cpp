#include "serve/core/message_rate.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

TEST(MessageRateTest, ABurstAndThenASteadyRate) {
  MessageRate rate{{.burst = 10, .per_second = 2}};
  std::uint64_t now = 5 * kSecond;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(rate.take(1, now));
  EXPECT_FALSE(rate.take(1, now));
  for (int second = 0; second < 100; ++second) {
    now += kSecond;
    EXPECT_TRUE(rate.take(1, now));
    EXPECT_TRUE(rate.take(1, now));
    EXPECT_FALSE(rate.take(1, now));
  }
}

TEST(MessageRateTest, RestDoesNotSaveUpMoreThanABurst) {
  MessageRate rate{{.burst = 10, .per_second = 2}};
  EXPECT_TRUE(rate.take(10, kSecond));
  EXPECT_TRUE(rate.take(10, 1000 * kSecond));
  EXPECT_FALSE(rate.take(1, 1000 * kSecond));
  // A clock that stands still or goes back gives nothing.
  EXPECT_FALSE(rate.take(1, 999 * kSecond));
}

}  // namespace
}  // namespace jackfield
