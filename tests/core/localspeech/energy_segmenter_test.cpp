#include "energy_segmenter.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace {

using localspeech::EnergySegmenter;
using Kind = EnergySegmenter::Kind;

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kPiece = 20 * kMs;

class EnergySegmenterTest : public testing::Test {
 protected:
  // Feeds noise of this level; returns the boundaries that were found.
  std::vector<EnergySegmenter::Boundary> feed(double level, int milliseconds) {
    std::vector<EnergySegmenter::Boundary> found;
    std::normal_distribution<double> noise(0.0, level);
    for (int done = 0; done < milliseconds; done += 20) {
      std::vector<std::int16_t> samples(160);
      for (auto& s : samples) s = static_cast<std::int16_t>(noise(random_));
      if (const auto boundary = segmenter_.feed(time_, kPiece, samples)) found.push_back(*boundary);
      time_ += kPiece;
    }
    return found;
  }

  EnergySegmenter segmenter_;
  std::uint64_t time_ = 0;
  std::mt19937 random_{7};
};

TEST_F(EnergySegmenterTest, SpeechBetweenSilencesHasAStartAndAnEnd) {
  EXPECT_TRUE(feed(10.0, 1000).empty());
  const auto start = feed(3000.0, 600);
  ASSERT_EQ(start.size(), 1U);
  EXPECT_EQ(start[0].kind, Kind::kStart);
  EXPECT_EQ(start[0].time, 1000 * kMs);
  const auto end = feed(10.0, 1000);
  ASSERT_EQ(end.size(), 1U);
  EXPECT_EQ(end[0].kind, Kind::kEnd);
  EXPECT_EQ(end[0].time, 1600 * kMs);
}

TEST_F(EnergySegmenterTest, AClickIsNoSpeechAndAPauseNoEnd) {
  feed(10.0, 500);
  EXPECT_TRUE(feed(8000.0, 40).empty());
  EXPECT_TRUE(feed(10.0, 1000).empty());
  EXPECT_EQ(feed(3000.0, 400).size(), 1U);
  EXPECT_TRUE(feed(10.0, 500).empty());
  EXPECT_TRUE(feed(3000.0, 400).empty());
  EXPECT_EQ(feed(10.0, 1000).size(), 1U);
}

TEST_F(EnergySegmenterTest, SteadyNoiseBecomesTheFloorAndSpeechStandsOutOfIt) {
  const auto noise = feed(1000.0, 12000);
  ASSERT_EQ(noise.size(), 2U);  // taken for speech at first, then known
  EXPECT_FALSE(segmenter_.speaking());
  EXPECT_TRUE(feed(1000.0, 3000).empty());
  EXPECT_EQ(feed(8000.0, 400).size(), 1U);
  EXPECT_EQ(feed(1000.0, 1000).size(), 1U);
}

TEST_F(EnergySegmenterTest, SpeechFromTheFirstSampleOnIsSeen) {
  const auto start = feed(3000.0, 200);
  ASSERT_EQ(start.size(), 1U);
  EXPECT_EQ(start[0].time, 0U);
}

TEST_F(EnergySegmenterTest, SilenceFindsNothing) {
  EXPECT_TRUE(feed(0.0, 5000).empty());
  segmenter_.reset();
  EXPECT_FALSE(segmenter_.speaking());
}

}  // namespace
