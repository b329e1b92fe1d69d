#include "records/core/transcript.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::string line(const CallEvent& event, std::uint64_t now = 9 * kSecond) {
  const auto result = transcript_line(event, now);
  return result ? format_line(*result) : "";
}

}  // namespace

TEST(TranscriptTest, BothSides) {
  EXPECT_EQ(line(CallerSaid{
                .turn_id = 1, .text = "hello", .is_final = true, .speech_start = 62'340'000'000}),
            "[01:02.3] caller: hello");
  EXPECT_EQ(line(AgentSaid{.text = "Good day.", .full_text = "Good day.", .start = kSecond}),
            "[00:01.0] agent: Good day.");
}

TEST(TranscriptTest, WhatWasTypedSaysSo) {
  EXPECT_EQ(line(CallerSaid{.text = "hello", .is_final = true, .typed = true}),
            "[00:09.0] caller (typed): hello");
  EXPECT_EQ(format_latency(
                {.turn_id = 2, .llm = 300'000'000, .tts = 50'000'000, .output = 0, .typed = true}),
            "turn 2: 350 ms from the typed text to the first sound (llm 300, tts 50, output 0)");
}

TEST(TranscriptTest, WhatWasSaidToOthersSaysSo) {
  EXPECT_EQ(line(CallerSaid{.text = "hello", .is_final = true, .addressed = false}),
            "[00:09.0] caller (not to the agent): hello");
}

TEST(TranscriptTest, InterimTextsAndSilenceHaveNoLine) {
  EXPECT_EQ(line(CallerSaid{.text = "hel"}), "");
  EXPECT_EQ(line(CallerSaid{.is_final = true}), "");
  EXPECT_EQ(line(TurnLatency{.turn_id = 1}), "");
}

TEST(TranscriptTest, SpeechWithoutWords) {
  EXPECT_EQ(line(CallerSaid{.is_final = true, .not_understood = true}),
            "[00:09.0] caller: (not understood)");
}

TEST(TranscriptTest, AnInterruptedReplyStopsWhereItWasHeard) {
  EXPECT_EQ(line(AgentSaid{.text = "We are open",
                           .full_text = "We are open from nine to five.",
                           .interrupted = true,
                           .start = kSecond}),
            "[00:01.0] agent: We are open -- (interrupted here) (not heard: from nine to five.)");
  EXPECT_EQ(line(AgentSaid{.full_text = "Hello.", .interrupted = true, .start = kSecond}),
            "[00:01.0] agent: (interrupted before a word was heard) (not heard: Hello.)");
  EXPECT_EQ(line(Interrupted{.at = 2 * kSecond, .heard = "We are", .confirmed = true}),
            "[00:02.0] (the caller interrupts the agent after: We are)");
  EXPECT_EQ(line(Interrupted{.at = 2 * kSecond}), "");
  EXPECT_EQ(line(Resumed{.at = 2 * kSecond}),
            "[00:02.0] (no interruption after all, the agent goes on)");
}

TEST(TranscriptTest, TheCall) {
  EXPECT_EQ(line(CallStarted{.parameters = {{"from", "+1555"}, {"token", "secret"}}}, 0),
            "[00:00.0] (call started, from +1555)");
  EXPECT_EQ(line(CallEnded{.reason = "hang-up"}, kNoTime), "[--:--.-] (call ended: hang-up)");
  EXPECT_EQ(line(StageError{.stage = "tts", .text = "gone"}), "[00:09.0] (error in tts: gone)");
}

TEST(TranscriptTest, Latency) {
  EXPECT_EQ(
      format_latency({.turn_id = 3,
                      .hang_over = 500'000'000,
                      .stt = 120'400'000,
                      .llm = 1'600'000,
                      .tts = 61'000'000,
                      .output = kNoTime,
                      .total = 683'000'000}),
      "turn 3: 683 ms from the end of speech to the first sound (hang-over 500, stt 120, llm 2, "
      "tts 61)");
  EXPECT_EQ(format_latency({.turn_id = 4}),
            "turn 4: ? ms from the end of speech to the first sound ()");
}
