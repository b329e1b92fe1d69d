#include "records/latency_stages.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

TEST(LatencyStagesTest, CountsWhatThereIs) {
  LatencyStages stages;
  EXPECT_TRUE(stages.empty());
  stages.add({.turn_id = 1, .hang_over = 500'000'000, .total = 700'000'000});
  stages.add({.turn_id = 2, .hang_over = 300'000'000, .tts = 60'000'000, .total = 500'000'000});
  EXPECT_FALSE(stages.empty());
  const auto summaries = stages.summaries();
  ASSERT_EQ(summaries.size(), 3u);
  EXPECT_EQ(summaries[0].stage, "hang-over");
  EXPECT_EQ(summaries[0].summary.count, 2u);
  EXPECT_EQ(summaries[1].stage, "tts");
  EXPECT_EQ(summaries[1].summary.max, 60'000'000u);
  EXPECT_EQ(summaries[2].stage, "total");
  EXPECT_EQ(summaries[2].summary.min, 500'000'000u);
}
