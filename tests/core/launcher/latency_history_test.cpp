#include "metrics/latency_history.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kStep = LatencyHistory::kStep;

class LatencyHistoryTest : public testing::Test {
 protected:
  void turn(std::uint64_t total, const std::string& line = "support") {
    monitor.add(line, {.turn_id = 1, .total = total * kMs});
  }
  void step() { history.note(monitor, now += kStep); }
  // Of the only stage there is.
  std::vector<LatencyHistory::Row> rows() const {
    const auto lines = history.lines(now);
    return lines.empty() ? std::vector<LatencyHistory::Row>{} : lines[0].stages[0].rows;
  }

  LatencyMonitor monitor;
  LatencyHistory history;
  std::uint64_t now = 1000 * kStep;
};

TEST_F(LatencyHistoryTest, OnlyNewValuesMakeARow) {
  step();
  EXPECT_TRUE(history.lines(now).empty());
  turn(500);
  step();
  step();
  turn(700);
  turn(900);
  step();
  const auto all = rows();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].at, 1002 * kStep);
  EXPECT_EQ(all[0].count, 1u);
  EXPECT_EQ(all[0].recent.p50, 500 * kMs);
  EXPECT_EQ(all[1].at, 1004 * kStep);
  EXPECT_EQ(all[1].count, 3u);
  EXPECT_EQ(all[1].recent.p50, 700 * kMs);
  EXPECT_EQ(all[1].recent.p99, 900 * kMs);
  EXPECT_NEAR(static_cast<double>(all[1].total.p95), 900e6, 9e6);
}

TEST_F(LatencyHistoryTest, ByLineAndStageInTheOrderOfATurn) {
  turn(1, "sales");
  monitor.add("support", {.turn_id = 1, .stt = kMs, .llm = kMs, .total = 3 * kMs});
  step();
  const auto lines = history.lines(now);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].line, "sales");
  ASSERT_EQ(lines[1].stages.size(), 3u);
  EXPECT_EQ(lines[1].stages[0].stage, "stt");
  EXPECT_EQ(lines[1].stages[2].stage, "total");
}

TEST_F(LatencyHistoryTest, AQuarterOfAnHourAndNoMore) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    turn(i + 1);
    step();
    ASSERT_LE(rows().size(), LatencyHistory::kSpan / kStep + 1);
  }
  const auto all = rows();
  EXPECT_EQ(all.size(), LatencyHistory::kSpan / kStep + 1);
  EXPECT_EQ(all.back().at, now);
  EXPECT_EQ(all.front().at, now - LatencyHistory::kSpan);
}

TEST_F(LatencyHistoryTest, WhatHeldBeforeIsKept) {
  turn(500);
  step();
  turn(600);
  step();
  now += 10 * LatencyHistory::kSpan;
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(rows()[0].count, 2u);
}

}  // namespace
}  // namespace jackfield
