#include "metrics/latency_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>

namespace {

using jackfield::LatencyHistogram;

void expect_near(std::uint64_t actual, std::uint64_t expected, double share) {
  EXPECT_NEAR(static_cast<double>(actual), static_cast<double>(expected),
              static_cast<double>(expected) * share + 0.5);
}

TEST(LatencyHistogramTest, EmptyIsZero) {
  const auto s = LatencyHistogram{}.summary();
  EXPECT_EQ(s.count, 0u);
  EXPECT_EQ(s.min, 0u);
  EXPECT_EQ(s.total.p99, 0u);
  EXPECT_EQ(s.recent.p50, 0u);
}

TEST(LatencyHistogramTest, EveryMagnitudeIsWithinOnePercent) {
  for (std::uint64_t value = 1; value < 1ull << 42; value = value * 9 / 7 + 1) {
    LatencyHistogram h;
    h.add(value / 2);  // keeps the exact extremes from covering the error
    h.add(value);
    h.add(value * 2);
    expect_near(h.summary().total.p50, value, 0.01);
  }
}

TEST(LatencyHistogramTest, PercentilesOfManyValues) {
  LatencyHistogram h;
  std::mt19937_64 random{4};
  std::lognormal_distribution<double> latency{std::log(7e8), 0.8};
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 50000; ++i) {
    all.push_back(static_cast<std::uint64_t>(latency(random)));
    h.add(all.back());
  }
  std::vector<std::uint64_t> last{all.end() - 1000, all.end()};
  std::sort(all.begin(), all.end());
  std::sort(last.begin(), last.end());
  const auto s = h.summary();
  EXPECT_EQ(s.count, 50000u);
  EXPECT_EQ(s.min, all.front());
  EXPECT_EQ(s.max, all.back());
  expect_near(s.total.p50, all[24999], 0.01);
  expect_near(s.total.p95, all[47499], 0.01);
  expect_near(s.total.p99, all[49499], 0.01);
  EXPECT_EQ(s.recent.p50, last[499]);
  EXPECT_EQ(s.recent.p95, last[949]);
  EXPECT_EQ(s.recent.p99, last[989]);
}

TEST(LatencyHistogramTest, ExtremesAndMeanAreExact) {
  LatencyHistogram h;
  for (std::uint64_t v : {5ull, 1'000'000'007ull, 13ull}) h.add(v);
  const auto s = h.summary();
  EXPECT_EQ(s.min, 5u);
  EXPECT_EQ(s.max, 1'000'000'007u);
  EXPECT_EQ(s.mean, 333'333'342u);
  EXPECT_EQ(s.total.p50, 13u);
}

TEST(LatencyHistogramTest, CurrentIsTheLastValue) {
  LatencyHistogram h;
  for (std::uint64_t v = 1; v <= 2 * LatencyHistogram::kRecent + 1; ++v) {
    h.add(v);
    if (v < 3 || v % 250 < 2) {
      EXPECT_EQ(h.summary().current, v);
    }
  }
}

TEST(LatencyHistogramTest, TheLastThousandForget) {
  LatencyHistogram h;
  for (int i = 0; i < 500; ++i) h.add(1'000'000);
  EXPECT_EQ(h.summary().recent.count, 500u);
  for (std::uint64_t v = 1; v <= LatencyHistogram::kRecent; ++v) h.add(v * 10);
  const auto s = h.summary();
  EXPECT_EQ(s.count, 1500u);
  EXPECT_EQ(s.max, 1'000'000u);
  EXPECT_EQ(s.recent.count, LatencyHistogram::kRecent);
  EXPECT_EQ(s.recent.min, 10u);
  EXPECT_EQ(s.recent.max, 10'000u);
  EXPECT_EQ(s.recent.mean, 5005u);
  EXPECT_EQ(s.recent.p50, 5000u);
  EXPECT_EQ(s.recent.p99, 9900u);
}

TEST(LatencyHistogramTest, AbsurdValuesAreKeptInBounds) {
  LatencyHistogram h;
  h.add(UINT64_MAX);
  h.add(0);
  EXPECT_EQ(h.summary().max, UINT64_MAX);
  EXPECT_EQ(h.summary().min, 0u);
  EXPECT_EQ(h.summary().total.p99, 1ull << 42);
}

TEST(LatencyHistogramTest, MergedEqualsAddedTogether) {
  LatencyHistogram a, b, both;
  for (std::uint64_t i = 1; i <= 1500; ++i) {
    (i <= 700 ? a : b).add(i * 1000);
    both.add(i * 1000);
  }
  a.merge(b);
  const auto merged = a.summary();
  const auto expected = both.summary();
  EXPECT_EQ(merged.count, expected.count);
  EXPECT_EQ(merged.min, expected.min);
  EXPECT_EQ(merged.max, expected.max);
  EXPECT_EQ(merged.mean, expected.mean);
  EXPECT_EQ(merged.total.p95, expected.total.p95);
  EXPECT_EQ(merged.recent.p50, expected.recent.p50);
  a.merge(a);
  EXPECT_EQ(a.summary().count, 3000u);
  LatencyHistogram empty;
  a.merge(empty);
  EXPECT_EQ(a.summary().min, 1000u);
}

TEST(LatencyHistogramTest, ManyThreadsLoseNothing) {
  LatencyHistogram h;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < 5000; ++i) h.add(i);
      for (int i = 0; i < 20; ++i) EXPECT_GE(h.summary().count, 5000u);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(h.summary().count, 20000u);
}

}  // namespace
