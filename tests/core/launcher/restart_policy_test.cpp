#include "scenario/core/restart_policy.hpp"

#include <gtest/gtest.h>

using jackfield::RestartPolicy;

TEST(RestartPolicyTest, WaitsLongerEachTimeUpToABound) {
  RestartPolicy policy;
  std::int64_t last = 0;
  for (int i = 0; i < 10; ++i) {
    const auto delay = policy.after_failure(true, 1'000'000);
    ASSERT_TRUE(delay);
    EXPECT_GE(*delay, last);
    last = *delay;
  }
  EXPECT_EQ(last, RestartPolicy::kLongestDelay);
}

TEST(RestartPolicyTest, AGoodRunStartsOver) {
  RestartPolicy policy;
  for (int i = 0; i < 5; ++i) policy.after_failure(true, 1);
  EXPECT_EQ(policy.after_failure(true, RestartPolicy::kGoodRun), RestartPolicy::kFirstDelay);
}

TEST(RestartPolicyTest, GivesUpOnWhatNeverRan) {
  RestartPolicy policy;
  EXPECT_EQ(policy.after_failure(false, 1), std::nullopt);
}
