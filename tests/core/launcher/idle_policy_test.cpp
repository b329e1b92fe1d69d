#include "scenario/core/idle_policy.hpp"

#include <gtest/gtest.h>

using jackfield::IdlePolicy;

TEST(IdlePolicyTest, NothingEndsBeforeSomebodySpoke) {
  IdlePolicy policy{60};
  policy.state(true, 5);
  EXPECT_FALSE(policy.deadline());
  policy.spoken();
  EXPECT_EQ(policy.deadline(), 65);
}

TEST(IdlePolicyTest, OnlyListeningCounts) {
  IdlePolicy policy{60};
  policy.spoken();
  EXPECT_FALSE(policy.deadline());
  policy.state(true, 5);
  policy.state(true, 20);  // still
  EXPECT_EQ(policy.deadline(), 65);
  policy.state(false, 30);
  EXPECT_FALSE(policy.deadline());
  policy.state(true, 40);
  EXPECT_EQ(policy.deadline(), 100);
}

TEST(IdlePolicyTest, EveryConversationBeginsAnew) {
  IdlePolicy policy{60};
  policy.spoken();
  policy.state(true, 5);
  policy.began();
  policy.state(true, 70);
  EXPECT_FALSE(policy.deadline());
}

TEST(IdlePolicyTest, ZeroIsNever) {
  IdlePolicy policy{0};
  policy.spoken();
  policy.state(true, 5);
  EXPECT_FALSE(policy.deadline());
}
