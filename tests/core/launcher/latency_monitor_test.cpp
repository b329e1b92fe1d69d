#include "metrics/latency_monitor.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

const StageLatency* stage(const std::vector<LatencyMonitor::Line>& lines, const std::string& line,
                          const std::string& name) {
  for (const auto& one : lines) {
    for (const StageLatency& found : one.stages) {
      if (one.line == line && found.stage == name) return &found;
    }
  }
  return nullptr;
}

TEST(LatencyMonitorTest, AServedLineIsThereBeforeItsFirstValue) {
  LatencyMonitor monitor;
  monitor.add_line("support");
  const auto lines = monitor.lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].line, "support");
  EXPECT_TRUE(lines[0].stages.empty());
  std::uint64_t since = 0;
  EXPECT_TRUE(monitor.changed(since).empty());
}

TEST(LatencyMonitorTest, TurnsByLineAndStage) {
  LatencyMonitor monitor;
  monitor.add("support", {.turn_id = 1, .stt = 100 * kMs, .total = 700 * kMs});
  monitor.add("support", {.turn_id = 2, .stt = 300 * kMs, .total = 900 * kMs});
  monitor.add("sales", {.turn_id = 1, .total = 5000 * kMs});
  const auto lines = monitor.lines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].line, "sales");
  ASSERT_EQ(lines[1].stages.size(), 2u);  // only those with values, in the order of the way
  EXPECT_EQ(lines[1].stages[0].stage, "stt");
  const LatencySummary& total = lines[1].stages[1].summary;
  EXPECT_EQ(total.count, 2u);
  EXPECT_EQ(total.current, 900 * kMs);
  EXPECT_EQ(total.mean, 800 * kMs);
  EXPECT_EQ(total.min, 700 * kMs);
  EXPECT_EQ(total.max, 900 * kMs);
  EXPECT_EQ(total.recent.count, 2u);
  EXPECT_EQ(stage(lines, "sales", "total")->summary.current, 5000 * kMs);
}

TEST(LatencyMonitorTest, TheRequirementsStagesOfABrowserCall) {
  LatencyMonitor monitor;
  for (const char* name : {"incoming-capture", "incoming-network", "incoming-playback",
                           "incoming-total", "outgoing-capture", "outgoing-total"})
    EXPECT_TRUE(monitor.add("web", name, 12 * kMs)) << name;
  EXPECT_FALSE(monitor.add("web", "cheese", 12 * kMs));
  EXPECT_EQ(stage(monitor.lines(), "web", "incoming-network")->summary.current, 12 * kMs);
  EXPECT_EQ(stage(monitor.lines(), "web", "cheese"), nullptr);
}

TEST(LatencyMonitorTest, OnlyWhatHasChanged) {
  LatencyMonitor monitor;
  monitor.add("support", {.turn_id = 1, .stt = 100 * kMs, .total = 700 * kMs});
  std::uint64_t since = 0;
  ASSERT_EQ(monitor.changed(since).size(), 1u);
  EXPECT_TRUE(monitor.changed(since).empty());
  monitor.add("support", {.turn_id = 2, .total = 800 * kMs});
  monitor.add("sales", {.turn_id = 1, .llm = 800 * kMs});
  const auto changed = monitor.changed(since);
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(changed[0].stages.at(0).stage, "llm");
  ASSERT_EQ(changed[1].stages.size(), 1u);
  EXPECT_EQ(changed[1].stages[0].stage, "total");
  EXPECT_EQ(changed[1].stages[0].summary.count, 2u);
  // Somebody who asks for the first time gets all.
  std::uint64_t other = 0;
  EXPECT_NE(stage(monitor.changed(other), "support", "stt"), nullptr);
  EXPECT_EQ(other, since);
}

TEST(LatencyMonitorTest, ASummaryIsNeverOutOfDate) {
  LatencyMonitor monitor;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    monitor.add("support", "total", i * kMs);
    EXPECT_EQ(stage(monitor.lines(), "support", "total")->summary.current, i * kMs);
    EXPECT_EQ(stage(monitor.lines(), "support", "total")->summary.count, i);
  }
}

TEST(LatencyMonitorTest, DistributionsAreExactAtTheirBounds) {
  LatencyMonitor monitor;
  for (const std::uint64_t bound : LatencyMonitor::kBounds) {
    monitor.add("support", "total", bound);
    monitor.add("support", "total", bound + 1);
  }
  const auto lines = monitor.lines();
  const LatencyMonitor::Distribution& exact = *lines[0].exact.at(0);
  std::uint64_t values = 1;
  for (const std::uint64_t count : exact.up_to) {
    EXPECT_EQ(count, values);
    values += 2;
  }
  EXPECT_EQ(exact.count, 2 * LatencyMonitor::kBounds.size());
  EXPECT_GT(exact.sum, 2 * static_cast<double>(LatencyMonitor::kBounds.back()));
}

}  // namespace
}  // namespace jackfield
