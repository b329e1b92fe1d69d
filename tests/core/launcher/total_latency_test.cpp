#include "records/core/total_latency.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::total_latency;

constexpr std::uint64_t kMs = 1'000'000;

TEST(TotalLatency, OfNothingIsNothing) { EXPECT_FALSE(total_latency({})); }

TEST(TotalLatency, LastIsTheLastOneGiven) {
  const auto latency = total_latency({900 * kMs, 100 * kMs, 500'123'456});
  ASSERT_TRUE(latency);
  EXPECT_EQ(latency->last, 500.123);
  EXPECT_EQ(latency->p50, 500.123);
  EXPECT_EQ(latency->p95, 900);
}

TEST(TotalLatency, PercentilesAreNearestRanks) {
  std::vector<std::uint64_t> totals;
  for (std::uint64_t i = 20; i >= 1; --i) totals.push_back(i * kMs);
  EXPECT_EQ(total_latency(totals)->p50, 10);
  EXPECT_EQ(total_latency(totals)->p95, 19);
  totals.push_back(21 * kMs);
  EXPECT_EQ(total_latency(totals)->p50, 11);
  EXPECT_EQ(total_latency(totals)->p95, 20);
  EXPECT_EQ(total_latency({7 * kMs})->p95, 7);
}

}  // namespace
