#include "speech_stream.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "speech_clip.hpp"

namespace {

using namespace agentbrain;
using test_support::Clip;
constexpr Nanoseconds ms = kMillisecond;

std::shared_ptr<const SileroModel> model() {
  const char* models = std::getenv("JACKFIELD_MODELS");
  auto result = SileroModel::load(std::string(models ? models : "") + "/silero_vad.onnx");
  if (auto* error = std::get_if<std::string>(&result)) throw std::runtime_error(*error);
  return std::get<0>(result);
}

class SpeechStreamTest : public testing::Test {
 protected:
  void keep(SpeechStream::Decisions decisions) {
    for (const auto& d : decisions) {
      onsets += d.onset.has_value();
      if (d.start) starts.push_back(*d.start);
      if (d.end) ends.push_back(*d.end);
    }
  }
  // Pushes at `now` and moves it on.
  void push(std::span<const std::int16_t> samples) {
    keep(stream.push(now, samples));
    now += samples.size() * 1000 * ms / static_cast<Nanoseconds>(stream.rate());
  }
  // The first second of a sentence: it stops in the middle.
  static std::vector<std::int16_t> cut() {
    auto samples = test_support::prompt("conf-full").samples;
    samples.resize(8000);
    return samples;
  }

  SpeechStream stream{model(), 8000};
  Nanoseconds now = 0;
  int onsets = 0;
  std::vector<SpeechStart> starts;
  std::vector<SpeechEnd> ends;
};

TEST_F(SpeechStreamTest, FindsASentence) {
  now = 5000 * ms;
  Clip clip = test_support::prompt("conf-full");
  push(clip.pause(1000).samples);
  ASSERT_EQ(starts.size(), 1u);
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(onsets, 1);
  EXPECT_LT(starts[0].speech_start, 5100 * ms);
  EXPECT_NEAR(static_cast<double>(ends[0].speech_end / ms), 6600, 150);
  EXPECT_EQ(stream.windows(), clip.samples.size() / 256);
  EXPECT_GT(stream.speech_windows(), 40u);
}

TEST_F(SpeechStreamTest, WithoutATimestampSamplesFollowEachOther) {
  Clip clip = test_support::prompt("conf-full");
  clip.pause(1000);
  keep(stream.push(5000 * ms, std::span(clip.samples).first(1000)));
  keep(stream.push({}, std::span(clip.samples).subspan(1000)));
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_NEAR(static_cast<double>(ends[0].speech_end / ms), 6600, 150);
}

// The timestamps of phones wobble; nothing is cut by that.
TEST_F(SpeechStreamTest, WobblingTimestampsAreNoGaps) {
  Clip clip = test_support::prompt("conf-full");
  clip.pause(1000);
  for (std::size_t at = 0; at + 160 <= clip.samples.size(); at += 160) {
    const Nanoseconds exact = 1000 * ms + at / 8 * ms;
    keep(stream.push(exact + (at / 160 % 3) * 6 * ms, std::span(clip.samples).subspan(at, 160)));
  }
  EXPECT_EQ(starts.size(), 1u);
  EXPECT_EQ(ends.size(), 1u);
  EXPECT_EQ(stream.windows(), clip.samples.size() / 160 * 160 / 256);
}

TEST_F(SpeechStreamTest, ALostFrameDoesNotEndATurn) {
  Clip clip = test_support::prompt("conf-full");
  clip.pause(1000);
  for (std::size_t at = 0; at + 160 <= clip.samples.size(); at += 160) {
    if (at / 160 % 20 == 10) {
      now += 20 * ms;
    } else {
      push(std::span(clip.samples).subspan(at, 160));
    }
  }
  EXPECT_EQ(starts.size(), 1u);
  EXPECT_EQ(ends.size(), 1u);
}

TEST_F(SpeechStreamTest, ShortAndLongGapsAreSilence) {
  for (const Nanoseconds gap : {600 * ms, 3000 * ms, Nanoseconds{1} << 60}) {
    push(cut());
    const std::size_t before = ends.size();
    keep(stream.gap(now, gap));
    ASSERT_EQ(ends.size(), before + 1);
    EXPECT_NEAR(static_cast<double>(ends.back().speech_end / ms), static_cast<double>(now / ms),
                130);
    now += gap;
  }
}

TEST_F(SpeechStreamTest, TimeThatJumpsBackEndsTheTurn) {
  now = 10000 * ms;
  push(cut());
  now = 0;
  push(cut());
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_NEAR(static_cast<double>(ends[0].speech_end / ms), 11000, 50);
  ASSERT_EQ(starts.size(), 2u);
  EXPECT_LT(starts[1].speech_start, 200 * ms);
  EXPECT_EQ(starts[1].turn_id, 2u);
}

TEST_F(SpeechStreamTest, FinishEndsARunningTurnOnce) {
  push(cut());
  keep(stream.finish());
  keep(stream.finish());
  EXPECT_EQ(ends.size(), 1u);
  EXPECT_FALSE(stream.detector().in_turn());
}

TEST_F(SpeechStreamTest, TheRateCanChangeWithinATurn) {
  push(cut());
  stream.change_rate(16000);
  const Clip wide = test_support::librivox("0880");
  push(std::span(wide.samples).subspan(16000, 16000));
  EXPECT_EQ(starts.size(), 1u);
  EXPECT_TRUE(ends.empty());
  push(std::vector<std::int16_t>(16000));
  EXPECT_EQ(ends.size(), 1u);
}

TEST_F(SpeechStreamTest, ResetForgetsEverythingButTheCount) {
  push(cut());
  stream.reset();
  EXPECT_FALSE(stream.detector().in_turn());
  now = 0;
  push(cut());
  ASSERT_EQ(starts.size(), 2u);
  EXPECT_EQ(starts[0].speech_start, starts[1].speech_start);
  EXPECT_EQ(starts[1].turn_id, 2u);
  EXPECT_TRUE(ends.empty());
}

TEST_F(SpeechStreamTest, NothingIsKeptOfEmptyInput) {
  push({});
  keep(stream.gap(0, 0));
  keep(stream.finish());
  EXPECT_EQ(stream.windows(), 0u);
  EXPECT_TRUE(starts.empty());
}

}  // namespace
