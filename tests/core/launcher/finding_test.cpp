#include "doctor/core/finding.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

TEST(FindingTest, TheWorstDecides) {
  EXPECT_EQ(worst({}), Health::kOk);
  EXPECT_EQ(worst({{"a", Health::kOk, "", ""}, {"b", Health::kWarning, "", ""}}), Health::kWarning);
  EXPECT_EQ(worst({{"a", Health::kFailure, "", ""}, {"b", Health::kWarning, "", ""}}),
            Health::kFailure);
  EXPECT_STREQ(health_name(Health::kFailure), "fail");
}
