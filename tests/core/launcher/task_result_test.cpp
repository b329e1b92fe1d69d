#include "records/core/task_result.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TaskResult result(const char* outcome) { return {.outcome = outcome, .text = "x"}; }

TEST(TaskResult, WhatItSaysCounts) {
  for (const char* outcome : {"done", "steps", "time", "cost", "failed"})
    EXPECT_EQ(task_outcome(result(outcome), "end of stream", false), outcome);
  // Also when it was being ended, or something broke behind it.
  EXPECT_EQ(task_outcome(result("done"), kTaskTimeout, false), "done");
  EXPECT_EQ(task_outcome(result("done"), "error", true), "done");
}

TEST(TaskResult, WhyItWasEnded) {
  EXPECT_EQ(task_outcome({}, kTaskTimeout, false), "timeout");
  EXPECT_EQ(task_outcome(result("cancelled"), kTaskTimeout, false), "timeout");
  EXPECT_EQ(task_outcome(result("cancelled"), "operator", false), "cancelled");
  EXPECT_EQ(task_outcome({}, "drained", false), "cancelled");
  EXPECT_EQ(task_outcome({}, "error", true), "failed");
  // An element that says nothing, and ends.
  EXPECT_EQ(task_outcome({}, "end of stream", false), "done");
}

TEST(TaskResult, StrangeWordsAreNoOutcomes) {
  EXPECT_EQ(task_outcome(result("splendid"), "end of stream", false), "cancelled");
  EXPECT_EQ(task_outcome(result("splendid"), "error", true), "failed");
  EXPECT_EQ(task_outcome(result(""), kTaskTimeout, false), "timeout");
}

}  // namespace
}  // namespace jackfield
