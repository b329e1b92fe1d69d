#include "call_outcome.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;

TEST(CallOutcome, EachHasTheNameThatMessagesCarry) {
  EXPECT_STREQ(outcome_name(CallOutcome::kOk), "ok");
  EXPECT_STREQ(outcome_name(CallOutcome::kError), "error");
  EXPECT_STREQ(outcome_name(CallOutcome::kTimeOut), "time-out");
  EXPECT_STREQ(outcome_name(CallOutcome::kCancelled), "cancelled");
  EXPECT_STREQ(outcome_name(CallOutcome::kUnavailable), "unavailable");
}

}  // namespace
