#include "voice_level.hpp"

#include <gtest/gtest.h>

using namespace ducking;

namespace {

void run(VoiceLevel& level, const VoiceLevel::Config& config, float rms, int blocks) {
  for (int i = 0; i < blocks; ++i) level.add(config, rms * rms);
}

TEST(VoiceLevel, AVoiceIsWhatIsLouderThanTheNoise) {
  const VoiceLevel::Config config;
  VoiceLevel level;
  run(level, config, 0.002F, 300);
  EXPECT_FALSE(level.active()) << "noise that is always there";
  run(level, config, 0.05F, 1);
  EXPECT_TRUE(level.active());
  EXPECT_FLOAT_EQ(level.level(), 0.05F);
}

TEST(VoiceLevel, PausesBetweenWordsBelongToIt) {
  const VoiceLevel::Config config;
  VoiceLevel level;
  run(level, config, 0.001F, 100);
  run(level, config, 0.1F, 20);
  run(level, config, 0.001F, 25);
  EXPECT_TRUE(level.active());
  run(level, config, 0.001F, 2);
  EXPECT_FALSE(level.active());
}

TEST(VoiceLevel, ASpeakerForAMinuteStaysOne) {
  const VoiceLevel::Config config;
  VoiceLevel level;
  run(level, config, 0.001F, 100);
  for (int second = 0; second < 60; ++second) {
    run(level, config, 0.1F, 80);
    EXPECT_TRUE(level.active()) << second;
    run(level, config, 0.001F, 20);
    EXPECT_TRUE(level.active()) << second;
  }
}

TEST(VoiceLevel, NothingBelowTheThreshold) {
  const VoiceLevel::Config config{.threshold = 0.1F};
  VoiceLevel level;
  run(level, config, 0.0F, 100);
  run(level, config, 0.09F, 10);
  EXPECT_FALSE(level.active());
  run(level, config, 0.11F, 1);
  EXPECT_TRUE(level.active());
}

TEST(VoiceLevel, SilenceIsNone) {
  VoiceLevel level;
  run(level, {}, 0, 1000);
  EXPECT_FALSE(level.active());
  EXPECT_EQ(level.level(), 0);
}

}  // namespace
