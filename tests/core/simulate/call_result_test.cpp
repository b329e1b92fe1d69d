#include "simulate/core/call_result.hpp"

#include <gtest/gtest.h>

#include "json_reader.hpp"

namespace jackfield::simulate {
namespace {

TEST(DistributionTest, NearestRank) {
  std::vector<double> ms;
  for (int i = 100; i >= 1; --i) ms.push_back(i);
  const Distribution d = distribution(ms);
  EXPECT_EQ(d.count, 100u);
  EXPECT_EQ(d.p50, 50);
  EXPECT_EQ(d.p95, 95);
  EXPECT_EQ(d.p99, 99);
  EXPECT_EQ(d.max, 100);
  EXPECT_EQ(distribution({}).count, 0u);
  EXPECT_EQ(distribution({7}).p99, 7);
}

std::vector<CallResult> two_calls() {
  CallResult good;
  good.number = 1;
  good.reached = true;
  good.hung_up_by = "agent";
  StepResult say;
  say.name = "say";
  say.text = "hello \"there\"";
  say.state = StepResult::State::kPassed;
  say.reply_latency = 8000;
  good.steps.push_back(say);
  CallResult bad;
  bad.number = 2;
  bad.reached = true;
  bad.failures.push_back("wait-reply (line 3): the agent did not speak within 10000 ms");
  bad.stats.violations = 3;
  bad.violations.push_back({80, 31951, "extra field"});
  bad.marks_outstanding = 1;
  say.reply_latency = 4000;
  say.clear_after = 1600;
  say.silent_after = 1680;
  bad.steps.push_back(say);
  bad.events.push_back({800, "agent", "begins to speak"});
  return {good, bad};
}

TEST(CallResultTest, SummaryCountsAndMeasures) {
  const Summary s = summarize(two_calls());
  EXPECT_EQ(s.calls, 2u);
  EXPECT_EQ(s.passed, 1u);
  EXPECT_EQ(s.violations, 3u);
  EXPECT_EQ(s.marks_outstanding, 1u);
  EXPECT_EQ(s.reply.count, 2u);
  EXPECT_EQ(s.reply.p50, 500);
  EXPECT_EQ(s.reply.max, 1000);
  EXPECT_EQ(s.barge_in_clear.p50, 200);
  EXPECT_EQ(s.barge_in_silent.p50, 210);
}

TEST(CallResultTest, TheReportIsJsonWithEveryCall) {
  const auto result = parse_json(report_json(two_calls(), "http://x/", "s.json"));
  ASSERT_TRUE(result.value) << result.error;
  EXPECT_EQ(result.value->find("summary")->find("failed")->number, 1);
  const auto& calls = result.value->find("calls")->items;
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_TRUE(calls[0].find("ok")->boolean);
  EXPECT_EQ(calls[0].find("hung-up-by")->string, "agent");
  EXPECT_EQ(calls[0].find("steps")->items[0].find("text")->string, "hello \"there\"");
  EXPECT_EQ(calls[0].find("steps")->items[0].find("reply-latency-ms")->number, 1000);
  EXPECT_EQ(calls[1].find("violations")->items[0].find("code")->number, 31951);
  EXPECT_EQ(calls[1].find("events")->items[0].find("at-ms")->number, 100);
}

TEST(CallResultTest, TheTableNamesFailures) {
  const std::string table = report_table(two_calls());
  EXPECT_NE(table.find("1 of 2 calls passed"), std::string::npos);
  EXPECT_NE(table.find("call 2: wait-reply (line 3)"), std::string::npos);
  EXPECT_NE(table.find("caller's last word -> agent heard"), std::string::npos);
}

}  // namespace
}  // namespace jackfield::simulate
