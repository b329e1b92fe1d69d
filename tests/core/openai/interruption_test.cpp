// What a caller's sound into a reply means, in virtual time.
#include "interruption.hpp"

#include <gtest/gtest.h>

namespace openai::realtime {
namespace {

using Verdict = Interruption::Verdict;
constexpr uint64_t kMs = 1'000'000;
constexpr uint64_t kStart = 5000 * kMs;

Interruption make(bool transcribed) {
  return Interruption({.transcribed = transcribed,
                       .backchannels = jackfield::Backchannels(jackfield::kDefaultBackchannels)});
}

TEST(InterruptionTest, WordsAreMeantAtOnce) {
  Interruption i = make(true);
  i.begin(kStart, kStart + 60 * kMs);
  i.paused(true);
  EXPECT_TRUE(i.pending());
  EXPECT_EQ(i.check(kStart + 3000 * kMs), Verdict::kNone) << "nothing is decided while they speak";
  i.words("wait", false);
  EXPECT_EQ(i.check(kStart + 3000 * kMs), Verdict::kMeant);
}

TEST(InterruptionTest, WithoutWordsTheReplyGoesOn) {
  Interruption i = make(true);
  i.begin(kStart, kStart);
  i.paused(true);
  i.speech_ended(kStart + 1000 * kMs, kStart + 1500 * kMs);
  EXPECT_EQ(i.deadline(), kStart + 2300 * kMs);
  EXPECT_EQ(i.check(i.deadline() - 1), Verdict::kNone);
  EXPECT_EQ(i.check(i.deadline()), Verdict::kNotMeant);
  i.settled();
  EXPECT_FALSE(i.pending());
  EXPECT_EQ(i.check(UINT64_MAX), Verdict::kNone);
}

TEST(InterruptionTest, ABlipWaitsFromItsOnsetButWordsMayStillCome) {
  Interruption i = make(true);
  i.begin(kStart, kStart);
  i.speech_ended(kStart + 100 * kMs, kStart + 600 * kMs);
  EXPECT_EQ(i.deadline(), kStart + 800 * kMs);
  i.begin(kStart, kStart);
  i.speech_ended(kStart + 100 * kMs, kStart + 900 * kMs);
  EXPECT_EQ(i.deadline(), kStart + 1050 * kMs);
}

TEST(InterruptionTest, NothingUnderstoodIsMeantWhenItWasLong) {
  for (const auto& [ms, verdict] :
       {std::pair{500, Verdict::kNotMeant}, std::pair{700, Verdict::kMeant}}) {
    Interruption i = make(true);
    i.begin(kStart, kStart);
    i.speech_ended(kStart + ms * kMs, kStart + (ms + 500) * kMs);
    i.words("", true);
    EXPECT_EQ(i.check(kStart + (ms + 500) * kMs), verdict) << ms;
  }
}

TEST(InterruptionTest, AListenersWords) {
  Interruption i = make(true);
  i.begin(kStart, kStart);
  i.paused(true);
  i.words("Mhm", false);
  EXPECT_EQ(i.check(kStart + 300 * kMs), Verdict::kNone) << "more may follow";
  i.speech_ended(kStart + 300 * kMs, kStart + 800 * kMs);
  i.words("Mhm.", true);
  EXPECT_EQ(i.check(kStart + 800 * kMs), Verdict::kGoOn);
  // "Okay" to a reply that is as good as over, or has not begun, is an answer.
  i.begin(kStart, kStart);
  i.paused(false);
  i.words("Okay", false);
  EXPECT_EQ(i.check(kStart + 300 * kMs), Verdict::kMeant);
  EXPECT_FALSE(i.tells("Okay, right."));
  EXPECT_FALSE(i.tells("..."));
  EXPECT_TRUE(i.tells("Okay, stop."));
}

TEST(InterruptionTest, WithoutTranscriptionItsLengthDecides) {
  Interruption i = make(false);
  i.begin(kStart, kStart);
  EXPECT_EQ(i.deadline(), kStart + 1100 * kMs) << "the end is known half a second late";
  EXPECT_EQ(i.check(kStart + 1000 * kMs), Verdict::kNone);
  EXPECT_EQ(i.check(kStart + 1100 * kMs), Verdict::kMeant);
  i.speech_ended(kStart + 400 * kMs, kStart + 900 * kMs);
  EXPECT_EQ(i.check(kStart + 900 * kMs), Verdict::kNotMeant);
}

TEST(InterruptionTest, SpeechWithoutAnEndIsMeantAtLast) {
  Interruption i = make(true);
  i.begin(kStart, kStart);
  EXPECT_EQ(i.check(i.deadline()), Verdict::kMeant);
  EXPECT_LE(i.deadline(), kStart + 120'000 * kMs);
}

TEST(InterruptionTest, CanBeSwitchedOff) {
  EXPECT_FALSE(Interruption({.resume_after = 0}).possible());
  EXPECT_TRUE(make(true).possible());
}

}  // namespace
}  // namespace openai::realtime
