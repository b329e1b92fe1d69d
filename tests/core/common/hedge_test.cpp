#include "hedge.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::Hedge;
using jackfield::HedgeBudget;

constexpr std::uint64_t kMs = 1'000'000;

TEST(Hedge, OfNothingTheFirstIsTheOne) {
  HedgeBudget budget;
  Hedge hedge(0, 5 * kMs);
  EXPECT_EQ(hedge.winner(), Hedge::kFirst);
  EXPECT_EQ(hedge.deadline(), Hedge::kNever);
  EXPECT_FALSE(hedge.due(1000 * kMs, false, budget));
}

TEST(Hedge, ContentInTimeNeedsNoSecond) {
  HedgeBudget budget;
  Hedge hedge(300 * kMs, 1000 * kMs);
  EXPECT_EQ(hedge.deadline(), 1300 * kMs);
  EXPECT_FALSE(hedge.due(1299 * kMs, false, budget));
  EXPECT_TRUE(hedge.content(Hedge::kFirst));
  EXPECT_EQ(hedge.winner(), Hedge::kFirst);
  EXPECT_EQ(hedge.deadline(), Hedge::kNever);
  EXPECT_FALSE(hedge.due(1300 * kMs, false, budget));
  EXPECT_FALSE(hedge.sent());
}

TEST(Hedge, IsSentOnceAndTheFirstContentCounts) {
  HedgeBudget budget;
  Hedge hedge(300 * kMs, 0);
  EXPECT_TRUE(hedge.due(300 * kMs, false, budget));
  EXPECT_EQ(hedge.deadline(), Hedge::kNever);
  EXPECT_FALSE(hedge.due(900 * kMs, false, budget));
  EXPECT_TRUE(hedge.sent());
  EXPECT_FALSE(hedge.winner());
  EXPECT_TRUE(hedge.content(Hedge::kSecond));
  EXPECT_FALSE(hedge.content(Hedge::kFirst));
  EXPECT_EQ(hedge.winner(), Hedge::kSecond);
}

TEST(Hedge, TheSlowFirstMayStillWin) {
  HedgeBudget budget;
  Hedge hedge(300 * kMs, 0);
  ASSERT_TRUE(hedge.due(300 * kMs, false, budget));
  EXPECT_TRUE(hedge.content(Hedge::kFirst));
  EXPECT_FALSE(hedge.content(Hedge::kSecond));
  EXPECT_EQ(hedge.winner(), Hedge::kFirst);
}

TEST(Hedge, ASecondThatWasNotSentGivesNothing) {
  Hedge hedge(300 * kMs, 0);
  EXPECT_FALSE(hedge.content(Hedge::kSecond));
  EXPECT_FALSE(hedge.winner());
}

TEST(Hedge, WhatFailsLeavesItToTheOther) {
  for (const Hedge::Leg fails : {Hedge::kFirst, Hedge::kSecond}) {
    HedgeBudget budget;
    Hedge hedge(300 * kMs, 0);
    ASSERT_TRUE(hedge.due(300 * kMs, false, budget));
    EXPECT_FALSE(hedge.failed(fails));
    const Hedge::Leg other = fails == Hedge::kFirst ? Hedge::kSecond : Hedge::kFirst;
    EXPECT_TRUE(hedge.content(other));
    EXPECT_EQ(hedge.winner(), other);
  }
}

TEST(Hedge, WhenBothFailTheFirstTellsWhy) {
  HedgeBudget budget;
  Hedge hedge(300 * kMs, 0);
  ASSERT_TRUE(hedge.due(300 * kMs, false, budget));
  EXPECT_FALSE(hedge.failed(Hedge::kSecond));
  EXPECT_TRUE(hedge.failed(Hedge::kFirst));
  EXPECT_EQ(hedge.winner(), Hedge::kFirst);
}

TEST(Hedge, AFirstThatFailsAloneIsTheFailure) {
  HedgeBudget budget;
  Hedge hedge(300 * kMs, 0);
  EXPECT_TRUE(hedge.failed(Hedge::kFirst));
  EXPECT_EQ(hedge.winner(), Hedge::kFirst);
  EXPECT_FALSE(hedge.due(400 * kMs, false, budget));
}

TEST(Hedge, NotBesideARetry) {
  HedgeBudget budget;
  Hedge hedge(300 * kMs, 0);
  EXPECT_FALSE(hedge.due(300 * kMs, true, budget));
  EXPECT_FALSE(hedge.due(600 * kMs, false, budget));
  EXPECT_FALSE(hedge.withheld());
}

TEST(Hedge, FarTimesDoNotOverflow) {
  HedgeBudget budget;
  Hedge hedge(UINT64_MAX - 1, 300 * kMs);
  EXPECT_FALSE(hedge.due(400 * kMs, false, budget));
}

TEST(Hedge, AnOutageIsNotDoubled) {
  HedgeBudget budget;
  int sent = 0;
  int withheld = 0;
  for (int request = 0; request < 1000; ++request) {
    budget.requested();
    Hedge hedge(300 * kMs, 0);
    if (hedge.due(300 * kMs, false, budget)) ++sent;
    if (hedge.withheld()) ++withheld;
  }
  EXPECT_GE(sent, 100);
  EXPECT_LE(sent, 103);
  EXPECT_EQ(sent + withheld, 1000);
}

TEST(Hedge, QuietTimesSaveUpForThree) {
  HedgeBudget budget;
  for (int i = 0; i < 1000; ++i) budget.requested();
  int sent = 0;
  while (budget.spend()) ++sent;
  EXPECT_EQ(sent, 3);
}

}  // namespace
