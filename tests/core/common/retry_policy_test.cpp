#include "retry_policy.hpp"

#include <gtest/gtest.h>

namespace {

using namespace jackfield;

constexpr std::uint64_t kMs = 1'000'000;

TEST(RetryPolicy, BacksOffWithinItsBounds) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RetryPolicy policy({.max_retries = 5, .budget = 60'000 * kMs}, seed);
    std::uint64_t full = 200 * kMs;
    for (int i = 0; i < 5; ++i, full = std::min(full * 2, 2000 * kMs)) {
      const auto delay = policy.next_delay({.status = 503}, 0);
      ASSERT_TRUE(delay);
      EXPECT_LE(*delay, full);
      EXPECT_GE(*delay, full / 4 * 3);
    }
    EXPECT_FALSE(policy.next_delay({.status = 503}, 0));
    EXPECT_EQ(policy.retries(), 5u);
  }
}

TEST(RetryPolicy, CallersOfADeadProviderDoNotReturnAsOne) {
  RetryPolicy one({}, 1);
  RetryPolicy two({}, 12345678);
  EXPECT_NE(one.next_delay({}, 0), two.next_delay({}, 0));
}

TEST(RetryPolicy, OnlyWhatMayPassIsTriedAgain) {
  for (const int status : {0, 408, 409, 429, 500, 502, 503, 529}) {
    EXPECT_TRUE(RetryPolicy({}, 1).next_delay({.status = status}, 0)) << status;
  }
  for (const int status : {301, 400, 401, 403, 404, 422}) {
    EXPECT_FALSE(RetryPolicy({}, 1).next_delay({.status = status}, 0)) << status;
  }
}

TEST(RetryPolicy, TheServerDecides) {
  EXPECT_FALSE(RetryPolicy({}, 1).next_delay({.status = 503, .should_retry = false}, 0));
  EXPECT_TRUE(RetryPolicy({}, 1).next_delay({.status = 400, .should_retry = true}, 0));
  EXPECT_EQ(RetryPolicy({}, 1).next_delay({.status = 429, .retry_after = 750 * kMs}, 0), 750 * kMs);
}

TEST(RetryPolicy, NeverAfterTheFirstByteNorWhenHopeless) {
  EXPECT_FALSE(RetryPolicy({}, 1).next_delay({.answer_begun = true}, 0));
  EXPECT_FALSE(
      RetryPolicy({}, 1).next_delay({.status = 429, .hopeless = true, .should_retry = true}, 0));
}

TEST(RetryPolicy, NoRetryBeginsAfterTheBudget) {
  const RetrySettings settings{.budget = 1000 * kMs};
  EXPECT_TRUE(RetryPolicy(settings, 1).next_delay({}, 700 * kMs));
  EXPECT_FALSE(RetryPolicy(settings, 1).next_delay({}, 900 * kMs));
  EXPECT_FALSE(RetryPolicy(settings, 1).next_delay({}, 5000 * kMs));
  EXPECT_FALSE(RetryPolicy(settings, 1).next_delay({.retry_after = 1001 * kMs}, 0));
}

TEST(RetryPolicy, AStaleConnectionCostsNoRetryOnce) {
  RetryPolicy policy({.max_retries = 0}, 1);
  EXPECT_EQ(policy.next_delay({.stale = true}, 0), 0u);
  EXPECT_EQ(policy.retries(), 0u);
  EXPECT_FALSE(policy.next_delay({.stale = true}, 0));
}

TEST(RetryBudget, RunsOutAndIsEarnedBack) {
  RetryBudget budget;
  int spent = 0;
  while (budget.spend()) ++spent;
  EXPECT_EQ(spent, 5);
  for (int i = 0; i < 9; ++i) budget.succeeded();
  EXPECT_FALSE(budget.spend());
  budget.succeeded();
  EXPECT_TRUE(budget.spend());
  for (int i = 0; i < 1000; ++i) budget.succeeded();
  for (spent = 0; budget.spend();) ++spent;
  EXPECT_EQ(spent, 5);
}

TEST(RetryAfter, MillisecondsSecondsAndDates) {
  EXPECT_EQ(read_retry_after("1500", "9", 0), 1500 * kMs);
  EXPECT_EQ(read_retry_after("", "2", 0), 2000 * kMs);
  EXPECT_EQ(read_retry_after("soon", " 0.5 ", 0), 500 * kMs);
  // RFC 9110's own date is second 784111777 since 1970.
  constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_EQ(read_retry_after("", kDate, 784111767), 10'000 * kMs);
  EXPECT_EQ(read_retry_after("", kDate, 784111800), 0u);
  EXPECT_EQ(read_retry_after("", "Thu, 29 Feb 2024 00:00:01 GMT", 1709164800), 1000 * kMs);
  EXPECT_EQ(read_retry_after("", "99999999999", 0), 3'600'000 * kMs);
}

TEST(RetryAfter, NonsenseIsNothing) {
  for (const char* text : {"", "-1", "nan", "inf", "1e3", "soon", "Sun, 06 Foo 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 CET", "xxxxxxxxxxxxxxxxxxxxxxxxx GMT"}) {
    EXPECT_FALSE(read_retry_after("", text, 0)) << text;
  }
}

}  // namespace
