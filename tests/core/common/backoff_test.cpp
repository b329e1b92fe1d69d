#include "backoff.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(BackoffTest, DoublesUpToTheLimit) {
  Backoff backoff({.first_ns = 100, .most_ns = 500, .jitter = 0.0});
  for (const uint64_t expected : {100, 200, 400, 500, 500}) EXPECT_EQ(backoff.next(0.9), expected);
}

TEST(BackoffTest, ASuccessBeginsAnew) {
  Backoff backoff({.first_ns = 100, .most_ns = 500, .jitter = 0.0});
  backoff.next(0.0);
  backoff.next(0.0);
  EXPECT_EQ(backoff.failures(), 2);
  backoff.reset();
  EXPECT_EQ(backoff.next(0.0), 100U);
}

TEST(BackoffTest, JitterShortensOnly) {
  for (const double random : {0.0, 0.25, 0.999}) {
    Backoff backoff({.first_ns = 1000, .most_ns = 8000, .jitter = 0.5});
    const auto wait = backoff.next(random);
    ASSERT_TRUE(wait);
    EXPECT_LE(*wait, 1000U);
    EXPECT_GE(*wait, 500U);
  }
}

TEST(BackoffTest, TheBudgetEnds) {
  Backoff backoff({.first_ns = 1, .attempts = 3});
  EXPECT_TRUE(backoff.next(0.0));
  EXPECT_TRUE(backoff.next(0.0));
  EXPECT_TRUE(backoff.next(0.0));
  EXPECT_FALSE(backoff.next(0.0));
  backoff.reset();
  EXPECT_TRUE(backoff.next(0.0));
}

TEST(BackoffTest, ManyFailuresOverflowNothing) {
  Backoff backoff({.first_ns = 1'000'000, .most_ns = 30'000'000'000, .factor = 3.0});
  for (int i = 0; i < 100'000; ++i) {
    const auto wait = backoff.next(0.5);
    ASSERT_TRUE(wait);
    ASSERT_LE(*wait, 30'000'000'000U);
  }
}

}  // namespace
}  // namespace jackfield
