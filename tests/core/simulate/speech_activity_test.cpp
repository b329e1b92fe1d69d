#include "simulate/core/speech_activity.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "g711.hpp"

namespace jackfield::simulate {
namespace {

std::vector<std::uint8_t> square(Samples count, std::int16_t amplitude) {
  std::vector<std::uint8_t> out;
  for (Samples i = 0; i < count; ++i)
    out.push_back(linear_to_mulaw(static_cast<std::int16_t>(i / 8 % 2 ? amplitude : -amplitude)));
  return out;
}

TEST(SpeechActivityTest, FindsOnsetAndEnd) {
  SpeechActivity activity;
  activity.feed_silence(1600);
  activity.feed(square(4000, 3000));
  EXPECT_TRUE(activity.speaking());
  EXPECT_EQ(activity.burst_begin(), 1600);
  activity.feed_silence(1520);
  EXPECT_TRUE(activity.speaking());  // still the hang-over
  activity.feed_silence(160);
  EXPECT_FALSE(activity.speaking());
  EXPECT_EQ(activity.speech_end(), 5600);
  EXPECT_EQ(activity.active(), 4000);
  EXPECT_EQ(activity.bursts(), 1);
  EXPECT_EQ(activity.now(), 1600 + 4000 + 1680);
}

TEST(SpeechActivityTest, AShortPauseStaysInsideABurst) {
  SpeechActivity activity;
  activity.feed(square(800, 3000));
  activity.feed_silence(800);
  activity.feed(square(800, 3000));
  EXPECT_EQ(activity.bursts(), 1);
  activity.feed_silence(2400);
  activity.feed(square(800, 3000));
  EXPECT_EQ(activity.bursts(), 2);
  EXPECT_EQ(activity.burst_begin(), 4800);
}

TEST(SpeechActivityTest, AClickAndANoiseFloorAreNoSpeech) {
  SpeechActivity activity;
  activity.feed_silence(800);
  activity.feed(square(80, 20000));
  activity.feed_silence(800);
  activity.feed(square(8000, 60));  // -55 dBFS
  EXPECT_EQ(activity.bursts(), 0);
  EXPECT_FALSE(activity.speaking());
}

TEST(SpeechActivityTest, TheSizeOfThePiecesDoesNotMatter) {
  const auto voice = square(3000, 3000);
  SpeechActivity whole;
  whole.feed_silence(333);
  whole.feed(voice);
  SpeechActivity pieces;
  for (int i = 0; i < 333; ++i) pieces.feed_silence(1);
  for (std::size_t at = 0; at < voice.size(); at += 7)
    pieces.feed(std::span{voice}.subspan(at, std::min<std::size_t>(7, voice.size() - at)));
  EXPECT_EQ(pieces.burst_begin(), whole.burst_begin());
  EXPECT_EQ(pieces.active(), whole.active());
}

}  // namespace
}  // namespace jackfield::simulate
