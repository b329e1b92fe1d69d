#include "schedule/core/planner.hpp"

#include <gtest/gtest.h>

#include "schedule_zones.hpp"

namespace jackfield::schedule {
namespace {

const auto kUtc = std::make_shared<Utc>();

Timing cron(const char* text) { return std::get<CronRule>(CronRule::parse(text)); }

Planner of(Timing timing, const char* handled, Seconds catch_up = kHour) {
  Planner planner;
  planner.add({.timing = std::move(timing), .zone = kUtc, .catch_up = catch_up}, at(handled));
  return planner;
}

TEST(Planner, StartsWhatIsDueOnce) {
  Planner planner = of(cron("0 9 * * *"), "2026-05-01T08:00Z");
  EXPECT_EQ(planner.next(), at("2026-05-01T09:00Z"));
  EXPECT_TRUE(planner.take_due(at("2026-05-01T08:59:59Z")).empty());
  const auto due = planner.take_due(at("2026-05-01T09:00:00Z"));
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].at, at("2026-05-01T09:00Z"));
  EXPECT_FALSE(due[0].too_late);
  EXPECT_FALSE(due[0].missed_others);
  EXPECT_TRUE(planner.take_due(at("2026-05-01T09:00:00Z")).empty());
  EXPECT_TRUE(planner.take_due(at("2026-05-01T09:00:01Z")).empty());
  EXPECT_EQ(planner.next(), at("2026-05-02T09:00Z"));
}

TEST(Planner, OfWhatWasMissedOnlyTheLastCounts) {
  // The machine was off, or slept.
  Planner planner = of(Every{10 * kMinute}, "2026-05-01T08:00Z");
  const auto due = planner.take_due(at("2026-05-01T09:57Z"));
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].at, at("2026-05-01T09:50Z"));
  EXPECT_FALSE(due[0].too_late);
  EXPECT_TRUE(due[0].missed_others);
  EXPECT_TRUE(planner.take_due(at("2026-05-01T09:58Z")).empty());
  EXPECT_EQ(planner.next(), at("2026-05-01T10:00Z"));
}

TEST(Planner, WhatIsTooOldIsMissed) {
  Planner planner = of(cron("0 9 * * *"), "2026-05-01T08:00Z");
  const auto due = planner.take_due(at("2026-05-03T08:00Z"));
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].at, at("2026-05-01T09:00Z"));
  EXPECT_TRUE(due[0].too_late);
  EXPECT_EQ(planner.next(), at("2026-05-03T09:00Z"));
  EXPECT_TRUE(planner.take_due(at("2026-05-03T08:00:10Z")).empty());
}

TEST(Planner, TheBoundOfCatchingUp) {
  for (const auto& [now, too_late] :
       {std::pair{"2026-05-01T10:00Z", false}, std::pair{"2026-05-01T10:00:01Z", true}}) {
    Planner planner = of(cron("0 9 * * *"), "2026-05-01T08:00Z", kHour);
    const auto due = planner.take_due(at(now));
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(due[0].too_late, too_late) << now;
  }
  // Without catching up a program that was busy for a moment still starts it.
  for (const auto& [now, too_late] :
       {std::pair{"2026-05-01T09:01Z", false}, std::pair{"2026-05-01T09:01:01Z", true}}) {
    Planner planner = of(cron("0 9 * * *"), "2026-05-01T08:00Z", 0);
    EXPECT_EQ(planner.take_due(at(now)).at(0).too_late, too_late) << now;
  }
}

TEST(Planner, AfterARestartWhatWasHandledIsNotDueAgain) {
  Planner planner = of(cron("0 9 * * *"), "2026-05-01T09:00Z");
  EXPECT_TRUE(planner.take_due(at("2026-05-01T09:00:01Z")).empty());
  EXPECT_EQ(planner.next(), at("2026-05-02T09:00Z"));
}

TEST(Planner, AClockThatIsSetBackALittle) {
  Planner planner = of(Every{kMinute}, "2026-05-01T08:59Z");
  EXPECT_EQ(planner.take_due(at("2026-05-01T09:00Z")).size(), 1u);
  // Ten minutes back: nothing happens twice.
  for (Seconds now = at("2026-05-01T08:50Z"); now < at("2026-05-01T09:01Z"); now += 10)
    EXPECT_TRUE(planner.take_due(now).empty()) << now;
  EXPECT_EQ(planner.take_due(at("2026-05-01T09:01Z")).size(), 1u);
}

TEST(Planner, AClockThatWasWrongByFarDoesNotStopASchedule) {
  Planner planner = of(Every{kMinute}, "2026-05-01T08:59Z");
  EXPECT_EQ(planner.take_due(at("2031-01-01T00:00Z")).size(), 1u);
  EXPECT_TRUE(planner.take_due(at("2026-05-01T09:00:30Z")).empty());
  EXPECT_EQ(planner.next(), at("2026-05-01T09:01Z"));
  EXPECT_EQ(planner.take_due(at("2026-05-01T09:01Z")).size(), 1u);
}

TEST(Planner, OnceIsOnceAlsoWithAJump) {
  const Seconds moment = at("2026-05-01T12:00Z");
  Planner planner = of(Once{moment}, "2026-05-01T08:00Z");
  const auto due = planner.take_due(moment + 30 * kMinute);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].at, moment);
  EXPECT_EQ(planner.next(), std::nullopt);
  EXPECT_TRUE(planner.take_due(moment + kDay).empty());
}

TEST(Planner, SeveralEachByItsOwnRule) {
  Planner planner;
  planner.add({.timing = Every{kHour}, .zone = kUtc}, at("2026-05-01T08:30Z"));
  planner.add({.timing = Every{kMinute}, .zone = kUtc}, at("2026-05-01T08:30Z"));
  planner.add({.timing = cron("0 9 * * *"), .zone = std::make_shared<TableZone>(berlin())},
              at("2026-05-01T08:30Z"));
  EXPECT_EQ(planner.next(), at("2026-05-01T08:31Z"));
  EXPECT_EQ(planner.take_due(at("2026-05-01T08:31Z")).size(), 1u);
  EXPECT_EQ(planner.take_due(at("2026-05-01T09:00Z")).size(), 2u);
  EXPECT_EQ(planner.next(2), at("2026-05-02T07:00Z"));
}

TEST(Planner, WhatComesNext) {
  const Planner planner = of(cron("0 9 * * *"), "2026-05-01T08:00Z");
  EXPECT_EQ(planner.upcoming(0, at("2026-05-01T08:30Z"), 2),
            (std::vector<Seconds>{at("2026-05-01T09:00Z"), at("2026-05-02T09:00Z")}));
  EXPECT_TRUE(of(Once{5}, "2026-05-01T08:00Z").upcoming(0, at("2026-05-01T08:00Z"), 3).empty());
}

// A day of ticks at odd times with a shift of the clocks in it: each time once, in order.
TEST(Planner, ADayOfShift) {
  Planner planner;
  planner.add({.timing = cron("*/30 1-4 * * *"), .zone = std::make_shared<TableZone>(berlin())},
              at("2026-03-28T22:00Z"));
  std::vector<Seconds> started;
  for (Seconds now = at("2026-03-28T22:00Z"); now < at("2026-03-29T06:00Z"); now += 7)
    for (const auto& due : planner.take_due(now)) started.push_back(due.at);
  EXPECT_EQ(started, (std::vector<Seconds>{at("2026-03-29T00:00Z"), at("2026-03-29T00:30Z"),
                                           at("2026-03-29T01:00Z"), at("2026-03-29T01:30Z"),
                                           at("2026-03-29T02:00Z"), at("2026-03-29T02:30Z")}));
}

}  // namespace
}  // namespace jackfield::schedule
