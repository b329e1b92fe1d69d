#include "speech_pieces.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace localspeech;

struct Pieces {
  std::vector<std::vector<std::int16_t>> audio;
  std::vector<std::vector<TimedWord>> words;
  bool go_on = true;
  bool operator()(std::span<const std::int16_t> samples, std::span<const TimedWord> piece_words) {
    audio.emplace_back(samples.begin(), samples.end());
    words.emplace_back(piece_words.begin(), piece_words.end());
    return go_on;
  }
};

std::vector<std::int16_t> ramp(int n) {
  std::vector<std::int16_t> samples;
  for (int i = 0; i < n; ++i) samples.push_back(static_cast<std::int16_t>(i));
  return samples;
}

TEST(SpeechPiecesTest, CutsIntoFullPiecesAndARest) {
  SpeechPieces cutter(10);
  Pieces out;
  cutter.begin({}, 0, 1.0F);
  EXPECT_TRUE(cutter.feed(ramp(13), out));
  EXPECT_TRUE(cutter.feed(ramp(12), out));
  EXPECT_TRUE(cutter.finish(out));
  ASSERT_EQ(out.audio.size(), 3u);
  EXPECT_EQ(out.audio[0], ramp(10));
  EXPECT_EQ(out.audio[1][2], 12);
  EXPECT_EQ(out.audio[1][3], 0);
  EXPECT_EQ(out.audio[2].size(), 5u);
  cutter.begin({}, 0, 1.0F);
  EXPECT_TRUE(cutter.finish(out));
  EXPECT_EQ(out.audio.size(), 3u) << "an empty sentence makes no piece";
}

TEST(SpeechPiecesTest, WordsGoWithThePieceInWhichTheyBegin) {
  SpeechPieces cutter(10);
  Pieces out;
  cutter.begin({{"one", 5, 13}, {"two", 13, 18}, {"late", 99, 100}}, 3, 1.0F);
  cutter.feed(ramp(28), out);
  cutter.finish(out);
  ASSERT_EQ(out.words.size(), 3u);
  ASSERT_EQ(out.words[0].size(), 1u);
  EXPECT_EQ(out.words[0][0].text, "one");
  EXPECT_EQ(out.words[0][0].begin, 2u);
  EXPECT_EQ(out.words[0][0].end, 10u);
  ASSERT_EQ(out.words[1].size(), 1u);
  EXPECT_EQ(out.words[1][0].begin, 0u);
  ASSERT_EQ(out.words[2].size(), 1u) << "no word is lost, also when it lies behind the audio";
  EXPECT_EQ(out.words[2][0].text, "late");
}

TEST(SpeechPiecesTest, LeavesOutTheSkippedSamples) {
  SpeechPieces cutter(4);
  Pieces out;
  cutter.begin({{"early", 1, 5}}, 3, 1.0F);
  cutter.feed(ramp(2), out);
  cutter.feed(ramp(6), out);
  cutter.finish(out);
  ASSERT_EQ(out.audio.size(), 2u);
  EXPECT_EQ(out.audio[0], (std::vector<std::int16_t>{1, 2, 3, 4}));
  EXPECT_EQ(out.words[0][0].begin, 0u);
  EXPECT_EQ(out.words[0][0].end, 2u);
}

TEST(SpeechPiecesTest, StopsWhenToldAndBeginsAnew) {
  SpeechPieces cutter(4);
  Pieces out;
  out.go_on = false;
  cutter.begin({}, 0, 1.0F);
  EXPECT_FALSE(cutter.feed(ramp(20), out));
  EXPECT_EQ(out.audio.size(), 1u);
  out.go_on = true;
  cutter.begin({}, 0, 1.0F);
  EXPECT_TRUE(cutter.feed(ramp(4), out));
  EXPECT_EQ(out.audio[1], ramp(4)) << "nothing of the stopped sentence is left";
}

TEST(SpeechPiecesTest, LevelIsLinearBelowTheKneeAndNeverClips) {
  EXPECT_EQ(apply_level(0, 2.0F), 0);
  EXPECT_EQ(apply_level(1000, 2.0F), 2000);
  EXPECT_EQ(apply_level(-1000, 2.0F), -2000);
  std::int16_t last = 0;
  for (int x = 0; x <= 32767; ++x) {
    const std::int16_t y = apply_level(static_cast<std::int16_t>(x), 3.0F);
    EXPECT_GE(y, last);
    EXPECT_LE(y - last, 4) << "no step at " << x;
    last = y;
  }
  EXPECT_LE(last, 32767);
  EXPECT_EQ(apply_level(-32768, 4.0F), -apply_level(32767, 4.0F));
}

}  // namespace
