#include "message_limit.hpp"

#include <gtest/gtest.h>

namespace {

using agentbrain::tools::MessageLimit;

TEST(MessageLimit, SoManyInAStretchOfTime) {
  MessageLimit limit(10);
  EXPECT_TRUE(limit.count(2, 3, 100));
  EXPECT_TRUE(limit.count(1, 3, 109));
  EXPECT_FALSE(limit.count(1, 3, 109));
  EXPECT_TRUE(limit.count(3, 3, 110));  // the next one
  EXPECT_FALSE(limit.count(1, 3, 119));
}

TEST(MessageLimit, TheLimitMayChange) {
  MessageLimit limit(10);
  EXPECT_FALSE(limit.count(4, 3, 0));
  EXPECT_TRUE(limit.count(1, 5, 0));
}

}  // namespace
