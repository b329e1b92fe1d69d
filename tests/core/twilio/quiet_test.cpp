#include "quiet.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "g711.hpp"

namespace twilio {
namespace {

TEST(QuietTest, TellsSilenceFromSpeech) {
  std::vector<uint8_t> frame(160, jackfield::kMulawSilence);
  EXPECT_TRUE(is_quiet(frame));
  frame[80] = jackfield::linear_to_mulaw(-100);
  EXPECT_TRUE(is_quiet(frame));
  frame[80] = jackfield::linear_to_mulaw(300);
  EXPECT_FALSE(is_quiet(frame));
}

class PauseFinderTest : public ::testing::Test {
 protected:
  bool frame(int peak) {
    std::vector<uint8_t> audio(160, jackfield::kMulawSilence);
    audio[7] = jackfield::linear_to_mulaw(peak);
    return finder_.is_pause(audio);
  }
  PauseFinder finder_;
};

TEST_F(PauseFinderTest, SilenceIsAlwaysAPause) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(frame(0));
}

TEST_F(PauseFinderTest, PausesOnANoisyLine) {
  int in_noise = 0;
  int in_speech = 0;
  for (int i = 0; i < 1000; ++i) {
    const bool speech = i % 100 >= 40;
    const bool found = frame(speech ? 8000 : 900);
    (speech ? in_speech : in_noise) += found;
  }
  EXPECT_EQ(in_speech, 0);
  EXPECT_GT(in_noise, 80);
}

TEST_F(PauseFinderTest, OfASteadyToneOnlyAFewAreTaken) {
  int found = 0;
  for (int i = 0; i < 1000; ++i) found += frame(8000);
  EXPECT_GT(found, 200);
  EXPECT_LE(found, 250);
}

TEST_F(PauseFinderTest, NothingIsNamedBeforeTheLineIsKnown) {
  for (int i = 0; i < 49; ++i) EXPECT_FALSE(frame(900));
}

}  // namespace
}  // namespace twilio
