#include "placement.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace {

using callrecorder::Placement;

TEST(PlacementTest, IdealTimestampsStayExact) {
  Placement p{{}};
  for (int i = 0; i < 1000; ++i) {
    const auto placed = p.place(1000 + i * 160, 160);
    EXPECT_EQ(placed.position, 1000 + i * 160);
    EXPECT_EQ(placed.adjust, 0);
    EXPECT_EQ(placed.discontinuity, i == 0);
  }
}

TEST(PlacementTest, JitterMakesNoSeams) {
  Placement p{{}};
  std::mt19937 random{1};
  std::uniform_int_distribution<int> jitter{-39, 39};
  int64_t end = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto placed = p.place(i * 160 + jitter(random), 160);
    if (i > 0) {
      EXPECT_FALSE(placed.discontinuity);
      EXPECT_EQ(placed.position, end);
    }
    end = placed.position + 160 + placed.adjust;
    EXPECT_LE(std::llabs(placed.position - i * 160), 80) << i;
  }
}

TEST(PlacementTest, DriftIsWorkedOffSampleBySample) {
  // The sender's clock is 500 ppm slow: its 160 samples last 160.08 of ours.
  Placement p{{}};
  int64_t end = 0;
  int adjusted = 0;
  for (int i = 0; i < 50000; ++i) {
    const auto wanted = static_cast<int64_t>(i * 160.08);
    const auto placed = p.place(wanted, 160);
    ASSERT_EQ(placed.discontinuity, i == 0) << i;
    if (i > 0) {
      ASSERT_EQ(placed.position, end);
    }
    ASSERT_LE(std::abs(placed.adjust), 1);
    adjusted += placed.adjust;
    end = placed.position + 160 + placed.adjust;
    ASSERT_LE(std::llabs(placed.position - wanted), 40) << i;
  }
  EXPECT_NEAR(adjusted, 50000 * 0.08, 40);
}

TEST(PlacementTest, ARealGapIsObeyed) {
  Placement p{{}};
  p.place(0, 160);
  const auto after = p.place(320, 160);
  EXPECT_TRUE(after.discontinuity);
  EXPECT_EQ(after.position, 320);
  const auto back = p.place(100, 160);
  EXPECT_TRUE(back.discontinuity);
  EXPECT_EQ(back.position, 100);
}

TEST(PlacementTest, BlocksWithoutTimeFollow) {
  Placement p{{}};
  EXPECT_EQ(p.append(50, 160).position, 50);
  EXPECT_EQ(p.append(999, 160).position, 210);
  EXPECT_FALSE(p.append(999, 160).discontinuity);
  p.forget();
  EXPECT_TRUE(p.append(999, 160).discontinuity);
  EXPECT_EQ(p.expected(), 999 + 160);
}

}  // namespace
