#include "standing_excess.hpp"

#include <gtest/gtest.h>

namespace twilio {
namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;

class StandingExcessTest : public ::testing::Test {
 protected:
  // 50 values a second; each fifth is the level itself, the others lie above it by jitter.
  void run(int seconds, int64_t level) {
    for (int i = 0; i < seconds * 50; ++i) {
      now_ += kSecondNs / 50;
      ended_ += excess_.add(level + (i % 5) * 40, now_);
    }
  }
  StandingExcess excess_;
  uint64_t now_ = 0;
  int ended_ = 0;
};

TEST_F(StandingExcessTest, JitterIsNone) {
  run(60, 100);
  EXPECT_GE(ended_, 28);
  EXPECT_EQ(excess_.excess(), 0);
}

TEST_F(StandingExcessTest, WhatStaysIsTold) {
  run(60, 100);
  run(12, 400);
  EXPECT_EQ(excess_.excess(), 300);
  run(12, 100);
  EXPECT_EQ(excess_.excess(), 0);
}

TEST_F(StandingExcessTest, WhatPassesIsNot) {
  run(60, 100);
  run(2, 400);
  run(8, 100);
  EXPECT_EQ(excess_.excess(), 0);
}

TEST_F(StandingExcessTest, FewValuesTellNothing) {
  excess_.add(0, 0);
  for (uint64_t i = 1; i < 15; ++i) EXPECT_FALSE(excess_.add(1000, i * kSecondNs));
  EXPECT_EQ(excess_.excess(), 0);
}

TEST_F(StandingExcessTest, ItIsNeverTakenForGranted) {
  run(60, 100);
  run(3600, 400);
  EXPECT_EQ(excess_.excess(), 300);
}

TEST_F(StandingExcessTest, ANewLeastIsTheMeasure) {
  run(60, 100);
  run(8, 30);
  EXPECT_EQ(excess_.excess(), 0);
  run(8, 100);
  EXPECT_EQ(excess_.excess(), 70);
  excess_.raise_measure(50);
  run(8, 100);
  EXPECT_EQ(excess_.excess(), 20);
}

TEST_F(StandingExcessTest, ARestartForgets) {
  run(60, 100);
  excess_.restart();
  run(30, 900);
  EXPECT_EQ(excess_.excess(), 0);
}

}  // namespace
}  // namespace twilio
