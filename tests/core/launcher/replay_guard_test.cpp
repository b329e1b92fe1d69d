#include "twilio/core/replay_guard.hpp"

#include <gtest/gtest.h>

namespace jackfield::twilio {
namespace {

using Verdict = ReplayGuard::Verdict;
constexpr std::int64_t kSecond = 1'000'000'000;

TEST(ReplayGuardTest, ARepetitionGetsTheSameAnswerThenNone) {
  ReplayGuard guard;
  std::string answer;
  EXPECT_EQ(guard.judge("a", 0, answer), Verdict::kNew);
  guard.answered("a", "twiml", 0);
  EXPECT_EQ(guard.judge("a", 1 * kSecond, answer), Verdict::kRepeated);
  EXPECT_EQ(answer, "twiml");
  EXPECT_EQ(guard.judge("a", 60 * kSecond, answer), Verdict::kRepeated);
  EXPECT_EQ(guard.judge("a", 61 * kSecond, answer), Verdict::kReplayed);
  EXPECT_EQ(guard.judge("a", 24 * 3600 * kSecond, answer), Verdict::kReplayed);
  EXPECT_EQ(guard.judge("b", 61 * kSecond, answer), Verdict::kNew);
}

TEST(ReplayGuardTest, RepetitionsDoNotMakeItYounger) {
  ReplayGuard guard;
  std::string answer;
  guard.answered("a", "twiml", 0);
  for (int s = 0; s <= 60; s += 10) {
    EXPECT_EQ(guard.judge("a", s * kSecond, answer), Verdict::kRepeated);
    guard.answered("a", "another", s * kSecond);
    EXPECT_EQ(answer, "twiml");
  }
  EXPECT_EQ(guard.judge("a", 61 * kSecond, answer), Verdict::kReplayed);
}

TEST(ReplayGuardTest, ForgetsAfterADay) {
  ReplayGuard guard;
  std::string answer;
  guard.answered("a", "twiml", 0);
  EXPECT_EQ(guard.judge("a", (24 * 3600 + 1) * kSecond, answer), Verdict::kNew);
  EXPECT_EQ(guard.size(), 0u);
}

TEST(ReplayGuardTest, IsBounded) {
  ReplayGuard guard{100};
  std::string answer;
  for (int i = 0; i < 1000; ++i) {
    guard.answered(std::to_string(i), "twiml " + std::to_string(i), i * kSecond / 10);
    EXPECT_LE(guard.size(), 100u);
  }
  EXPECT_EQ(guard.judge("899", 100 * kSecond, answer), Verdict::kNew);
  EXPECT_EQ(guard.judge("900", 100 * kSecond, answer), Verdict::kRepeated);
  EXPECT_EQ(answer, "twiml 900");
  EXPECT_EQ(guard.judge("999", 100 * kSecond, answer), Verdict::kRepeated);
  EXPECT_EQ(guard.judge("950", 95 * kSecond + 61 * kSecond, answer), Verdict::kReplayed);
}

TEST(ReplayGuardTest, AgesInWhateverOrderItIsUsed) {
  // Long after all windows, with every size in between.
  for (std::size_t max : {1u, 2u, 3u}) {
    ReplayGuard guard{max};
    std::string answer;
    for (int i = 0; i < 50; ++i) {
      const std::int64_t now = i * i * 10 * kSecond;
      const std::string key = std::to_string(i);
      EXPECT_EQ(guard.judge(key, now, answer), Verdict::kNew);
      guard.answered(key, key, now);
      EXPECT_EQ(guard.judge(key, now, answer), Verdict::kRepeated);
      EXPECT_EQ(answer, key);
    }
  }
}

}  // namespace
}  // namespace jackfield::twilio
