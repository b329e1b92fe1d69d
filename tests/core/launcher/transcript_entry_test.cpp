#include "control/core/transcript_entry.hpp"

#include <gtest/gtest.h>

using namespace jackfield;
using std::string_view_literals::operator""sv;

TEST(TranscriptEntryTest, WhatTheCallerSaid) {
  const auto entry = transcript_entry(
      CallerSaid{
          .turn_id = 2, .text = "hello", .is_final = true, .speech_start = 100, .speech_end = 200},
      300);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->who, "caller"sv);
  EXPECT_EQ(entry->turn, 2u);
  EXPECT_EQ(entry->text, "hello");
  EXPECT_TRUE(entry->final);
  EXPECT_EQ(entry->at, 100u);
  EXPECT_EQ(entry->end, 200u);
}

TEST(TranscriptEntryTest, WhatIsUnderstoodSoFarIsNotFinal) {
  const auto entry = transcript_entry(CallerSaid{.turn_id = 2, .text = "hel"}, 300);
  ASSERT_TRUE(entry);
  EXPECT_FALSE(entry->final);
  EXPECT_EQ(entry->at, 300u);
  EXPECT_FALSE(transcript_entry(CallerSaid{.turn_id = 2, .is_final = true}, 300));
}

TEST(TranscriptEntryTest, SpeechWithoutWords) {
  const auto entry =
      transcript_entry(CallerSaid{.turn_id = 2, .is_final = true, .not_understood = true}, 300);
  ASSERT_TRUE(entry);
  EXPECT_TRUE(entry->not_understood);
  EXPECT_EQ(entry->text, "");
}

TEST(TranscriptEntryTest, AReplyThatWasHeardToItsEnd) {
  const auto entry = transcript_entry(
      AgentSaid{.turn_id = 1, .text = "Good day.", .full_text = "Good day.", .start = 5, .end = 9},
      10);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->who, "agent"sv);
  EXPECT_EQ(entry->text, "Good day.");
  EXPECT_FALSE(entry->heard);
  EXPECT_FALSE(entry->interrupted);
}

TEST(TranscriptEntryTest, AReplyThatWasCutTellsWhatWasHeard) {
  const auto entry = transcript_entry(AgentSaid{.turn_id = 1,
                                                .text = "We are open",
                                                .full_text = "We are open from nine to five.",
                                                .interrupted = true},
                                      10);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->text, "We are open from nine to five.");
  EXPECT_EQ(entry->heard, "We are open");
  EXPECT_TRUE(entry->interrupted);
  const auto unheard = transcript_entry(
      AgentSaid{.turn_id = 1, .full_text = "We are open.", .interrupted = true}, 10);
  ASSERT_TRUE(unheard);
  EXPECT_EQ(unheard->heard, "");
}

TEST(TranscriptEntryTest, ToolsAndEverythingElse) {
  const auto tool =
      transcript_entry(ToolCall{.turn_id = 3, .name = "book", .arguments = R"({"at":9})"}, 7);
  ASSERT_TRUE(tool);
  EXPECT_EQ(tool->who, "tool"sv);
  EXPECT_EQ(tool->text, R"(book({"at":9}))");
  EXPECT_EQ(tool->at, 7u);
  const auto error = transcript_entry(StageError{.stage = "llm", .text = "no answer"}, 8);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->who, "system"sv);
  EXPECT_EQ(error->text, "error in llm: no answer");
  EXPECT_TRUE(transcript_entry(CallStarted{}, 0));
  EXPECT_TRUE(transcript_entry(Resumed{}, 0));
}

TEST(TranscriptEntryTest, LatencyAndInterruptionsAreNoLines) {
  EXPECT_FALSE(transcript_entry(TurnLatency{}, 0));
  EXPECT_FALSE(transcript_entry(Interrupted{.confirmed = true}, 0));
}
