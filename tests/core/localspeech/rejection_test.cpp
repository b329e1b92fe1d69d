#include "rejection.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using localspeech::believes;
using localspeech::judge;
using localspeech::ScoredSegment;
using Segments = std::vector<ScoredSegment>;

constexpr bool kFiller = true;

TEST(Judge, APhraseThatFitsAsWellAsFreePhonesIsCertain) {
  const Segments phrase{{0, 9, -100, kFiller}, {10, 59, -900, false}, {60, 69, -100, kFiller}};
  const Segments phones{
      {0, 9, -100, kFiller}, {10, 40, -500}, {41, 59, -400}, {60, 69, -100, kFiller}};
  const auto result = judge(phrase, phones);
  EXPECT_EQ(result.word_frames, 50);
  EXPECT_DOUBLE_EQ(result.confidence, 1.0);
}

TEST(Judge, ConfidenceFallsWithTheScorePerFrameOfSpeech) {
  const Segments phones{{0, 99, -1000}};
  double last = 1.1;
  for (const int score : {-1000, -1500, -2500, -4000, -9000}) {
    const double confidence = judge(Segments{{0, 99, score, false}}, phones).confidence;
    EXPECT_LT(confidence, last) << score;
    last = confidence;
  }
  EXPECT_LT(last, 0.1);
  // Twice the length at the same loss a frame is as likely.
  EXPECT_NEAR(judge(Segments{{0, 99, -2500, false}}, phones).confidence,
              judge(Segments{{0, 199, -5000, false}}, Segments{{0, 199, -2000}}).confidence, 1e-9);
}

TEST(Judge, SpeechThatTheGrammarTookForSilenceCounts) {
  // The same word, but half of the speech was explained as silence, badly.
  const Segments phones{{0, 49, -500}, {50, 99, -500}};
  const double whole = judge(Segments{{0, 99, -1800, false}}, phones).confidence;
  const double part =
      judge(Segments{{0, 49, -900, false}, {50, 99, -3000, kFiller}}, phones).confidence;
  EXPECT_LT(part, whole / 2);
}

TEST(Judge, OnlyFramesThatBothCoverCount) {
  // A partial hypothesis ends with its last complete word.
  const Segments phones{{0, 19, -200}, {20, 59, -4000}};
  const auto result = judge(Segments{{0, 39, -2200, false}}, phones);
  EXPECT_EQ(result.word_frames, 40);
  EXPECT_DOUBLE_EQ(result.confidence, 1.0);
  EXPECT_EQ(judge(Segments{{0, 39, -2200, false}}, Segments{{0, 9, -100}}).word_frames, 10);
}

TEST(Judge, NoWordsAreNeverBelieved) {
  EXPECT_EQ(judge({}, {}).confidence, 0.0);
  EXPECT_EQ(judge(Segments{{0, 99, -10, kFiller}}, Segments{{0, 99, -10, kFiller}}).confidence,
            0.0);
  EXPECT_EQ(judge(Segments{{0, 99, -10, false}}, {}).confidence, 0.0);
}

TEST(Believes, ZeroIsOff) {
  EXPECT_TRUE(believes(0.0, 0.0));
  EXPECT_TRUE(believes(0.5, 0.5));
  EXPECT_FALSE(believes(0.49, 0.5));
  EXPECT_FALSE(believes(0.0, 0.01));
}

}  // namespace
