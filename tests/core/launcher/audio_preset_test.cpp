#include "audio/core/audio_preset.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

TEST(AudioPresetTest, NamesGoBothWays) {
  for (const AudioPreset preset : kAllAudioPresets)
    EXPECT_EQ(parse_audio_preset(audio_preset_name(preset)), preset);
  EXPECT_FALSE(parse_audio_preset("fast"));
  EXPECT_FALSE(parse_audio_preset(""));
}

TEST(AudioPresetTest, BlocksOf20And10And3Milliseconds) {
  const struct {
    AudioPreset preset;
    const char* block;
  } cases[] = {{AudioPreset::kStandard, " latency-time=20000 "},
               {AudioPreset::kLow, " latency-time=10000 "},
               {AudioPreset::kLowest, " latency-time=3000 "}};
  for (const auto& c : cases) {
    for (const AudioSystem system : {AudioSystem::kPulse, AudioSystem::kWasapi}) {
      EXPECT_NE(capture_text(system, c.preset).find(c.block), std::string::npos);
      EXPECT_NE(playback_text(system, c.preset).find(c.block), std::string::npos);
    }
  }
}

TEST(AudioPresetTest, WindowsAsksForItsShortPeriods) {
  EXPECT_TRUE(capture_text(AudioSystem::kWasapi, AudioPreset::kStandard)
                  .starts_with("wasapi2src low-latency=true"));
  EXPECT_TRUE(playback_text(AudioSystem::kWasapi, AudioPreset::kLow)
                  .starts_with("wasapi2sink low-latency=true"));
  EXPECT_NE(playback_text(AudioSystem::kWasapi, AudioPreset::kLowest).find("exclusive=true"),
            std::string::npos);
}

TEST(AudioPresetTest, SinksKeepTheirStateWhenFlushed) {
  for (const AudioPreset preset : kAllAudioPresets)
    EXPECT_NE(playback_text(AudioSystem::kPulse, preset).find("async=false"), std::string::npos);
}
