#include "arrival_history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace {

constexpr int64_t kMs = 1'000'000;

TEST(ArrivalHistory, TellsHowMuchLaterThanTheFastest) {
  jitter::ArrivalHistory history;
  EXPECT_EQ(history.add(1030 * kMs, 0), 0);
  EXPECT_EQ(history.add(1055 * kMs, 20 * kMs), 5 * kMs);
  EXPECT_EQ(history.add(1068 * kMs, 40 * kMs), 0);  // the fastest now
  EXPECT_EQ(history.add(1095 * kMs, 60 * kMs), 7 * kMs);
}

TEST(ArrivalHistory, ForgetsAPathThatIsNoMore) {
  jitter::ArrivalHistory history;
  int64_t late = 0;
  for (int64_t i = 0; i < 1000; ++i) {
    const int64_t path = i < 100 ? 30 : 110;
    late = history.add((i * 20 + path) * kMs, i * 20 * kMs);
    if (i == 100) {
      EXPECT_EQ(late, 80 * kMs);
    }
  }
  EXPECT_EQ(late, 0);
  EXPECT_EQ(history.base_ns(), 110 * kMs);
}

TEST(ArrivalHistory, DriftIsNotDelay) {
  jitter::ArrivalHistory history;
  for (int64_t i = 0; i < 180'000; ++i) {  // an hour, 500 ppm
    const int64_t late = history.add(i * 20'010'000, i * 20 * kMs);
    ASSERT_LE(late, jitter::ArrivalHistory::kWindowNs / 1'000'000 * 501);
  }
}

TEST(ArrivalHistory, IsTheLeastOfTheWindow) {
  std::mt19937 dice(3);
  jitter::ArrivalHistory history;
  std::deque<std::pair<int64_t, int64_t>> all;
  for (int64_t i = 0; i < 5000; ++i) {
    const int64_t arrival = i * 20 * kMs,
                  media = arrival - static_cast<int64_t>(dice() % 100) * kMs;
    all.emplace_back(arrival, arrival - media);
    while (all.front().first < arrival - jitter::ArrivalHistory::kWindowNs) all.pop_front();
    int64_t least = INT64_MAX;
    for (const auto& entry : all) least = std::min(least, entry.second);
    ASSERT_EQ(history.add(arrival, media), arrival - media - least);
  }
}

}  // namespace
