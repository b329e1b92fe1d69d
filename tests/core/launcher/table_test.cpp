#include "metrics/table.hpp"

#include <gtest/gtest.h>

namespace {

using namespace jackfield;

LatencySummary summary() {
  return {.count = 12,
          .min = 1'000'000,
          .max = 1'234'567'890,
          .mean = 70'000'000,
          .total = {.p50 = 420'000, .p95 = 71'250'000, .p99 = 712'400'000},
          .recent = {{.p50 = 1, .p95 = 2, .p99 = 3}}};
}

TEST(LatencyTableTest, ColumnsAreAligned) {
  const std::vector<StageLatency> stages{{"stt", summary()}, {"hang-over", {}}};
  EXPECT_EQ(latency_table(stages),
            "stage (ms)   n   p50   p95  p99   max\n"
            "stt         12  0.42  71.3  712  1235\n"
            "hang-over    0     -     -    -     -\n");
}

TEST(LatencyTableTest, RoundsAtTheEdges) {
  const auto p50 = [](std::uint64_t ns) {
    LatencySummary s{.count = 1, .total = {.p50 = ns}};
    const std::vector<StageLatency> stages{{"s", s}};
    const std::string text = latency_table(stages);
    const std::string row = text.substr(text.find('\n') + 1);
    const auto from = row.find_first_not_of(' ', row.find(" 1 ") + 2);
    return row.substr(from, row.find(' ', from) - from);
  };
  EXPECT_EQ(p50(0), "0.00");
  EXPECT_EQ(p50(50'000), "0.05");
  EXPECT_EQ(p50(9'994'999), "9.99");
  EXPECT_EQ(p50(9'995'000), "10.0");
  EXPECT_EQ(p50(99'949'999), "99.9");
  EXPECT_EQ(p50(99'950'000), "100");
}

TEST(LatencyTableTest, Json) {
  const std::vector<StageLatency> stages{{"s\"t\nt", summary()}, {"llm", {}}};
  EXPECT_EQ(latency_json(stages),
            "{\"unit\":\"ns\",\"stages\":["
            "{\"stage\":\"s\\\"t\\u000at\",\"count\":12,\"min\":1000000,\"mean\":70000000,"
            "\"max\":1234567890,\"p50\":420000,\"p95\":71250000,\"p99\":712400000,"
            "\"recent\":{\"p50\":1,\"p95\":2,\"p99\":3}},"
            "{\"stage\":\"llm\",\"count\":0,\"min\":0,\"mean\":0,\"max\":0,\"p50\":0,\"p95\":0,"
            "\"p99\":0,\"recent\":{\"p50\":0,\"p95\":0,\"p99\":0}}]}");
}

}  // namespace
