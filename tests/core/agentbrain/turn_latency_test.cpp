#include "turn_latency.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain;

TEST(TurnLatencyTest, StagesAddUp) {
  const auto l = stages_of({.speech_end = 100,
                            .decided = 600,
                            .transcribed = 610,
                            .sentence = 900,
                            .synthesized = 1000,
                            .output = 1001});
  EXPECT_EQ(l.hang_over, 500u);
  EXPECT_EQ(l.stt, 10u);
  EXPECT_EQ(l.llm, 290u);
  EXPECT_EQ(l.tts, 100u);
  EXPECT_EQ(l.output, 1u);
  EXPECT_EQ(l.total, 901u);
}

TEST(TurnLatencyTest, AMissingOrEarlyPointTakesNoTime) {
  // A filler sounds before the LLM's first sentence.
  const auto l = stages_of(
      {.speech_end = 100, .decided = 600, .transcribed = 590, .synthesized = 1000, .output = 1005});
  EXPECT_EQ(l.stt, 0u);
  EXPECT_EQ(l.llm, 0u);
  EXPECT_EQ(l.hang_over + l.stt + l.llm + l.tts + l.output, l.total);
  EXPECT_EQ(l.total, 905u);
}

TEST(TurnLatencyTest, NothingKnownIsZero) { EXPECT_EQ(stages_of({}).total, 0u); }

}  // namespace
