#include "schedule/core/timing.hpp"

#include <gtest/gtest.h>

#include "schedule_zones.hpp"

namespace jackfield::schedule {
namespace {

TEST(Timing, MomentsAreLocalOrWithAnOffset) {
  EXPECT_EQ(at("1970-01-01T00:00Z"), 0);
  EXPECT_EQ(at("2026-12-24T18:00:30Z"), 1798135230);
  EXPECT_EQ(parse_moment("2026-12-24T18:00", berlin()), at("2026-12-24T17:00Z"));
  EXPECT_EQ(parse_moment("2026-07-24 18:00", berlin()), at("2026-07-24T16:00Z"));
  EXPECT_EQ(parse_moment("2026-07-24T18:00", new_york()), at("2026-07-24T22:00Z"));
  EXPECT_EQ(parse_moment("2026-07-24T18:00", kathmandu()), at("2026-07-24T12:15Z"));
  EXPECT_EQ(parse_moment("2026-12-24T18:00+05:45", berlin()), at("2026-12-24T12:15Z"));
  EXPECT_EQ(parse_moment("2026-12-24T18:00-0330", berlin()), at("2026-12-24T21:30Z"));
  EXPECT_EQ(parse_moment("2028-02-29T00:00Z", Utc{}), at("2028-02-28T00:00Z") + kDay);
}

TEST(Timing, MomentsOfAShift) {
  EXPECT_EQ(parse_moment("2026-03-29T02:30", berlin()), at("2026-03-29T01:00Z"));
  EXPECT_EQ(parse_moment("2026-10-25T02:30", berlin()), at("2026-10-25T00:30Z"));
  EXPECT_EQ(parse_moment("2026-10-04T02:15", lord_howe()), at("2026-10-03T15:30Z"));
  EXPECT_EQ(parse_moment("2026-04-05T01:45", lord_howe()), at("2026-04-04T14:45Z"));
}

TEST(Timing, WhatIsNoMoment) {
  for (const char* text :
       {"", "2026", "2026-12-24", "2026-02-29T00:00", "2026-13-01T00:00", "2026-04-31T00:00",
        "2026-12-24T24:00", "2026-12-24T18:60", "2026-12-24T18:00:60",
        "2026-12-24T18:00:", "2026-12-24T18:00 ", "2026-12-24T18:00+", "2026-12-24T18:00+16:00",
        "1969-12-31T00:00", "24.12.2026 18:00", "2026-12-24T18:00ZZ", "-026-12-24T18:00"})
    EXPECT_EQ(parse_moment(text, Utc{}), std::nullopt) << text;
}

TEST(Timing, Durations) {
  EXPECT_EQ(parse_duration("30s"), 30);
  EXPECT_EQ(parse_duration("15m"), 15 * kMinute);
  EXPECT_EQ(parse_duration("1h30m"), kHour + 30 * kMinute);
  EXPECT_EQ(parse_duration("7d"), 7 * kDay);
  EXPECT_EQ(parse_duration("0s"), 0);
  for (const char* text : {"", "30", "s", "-5s", "1.5h", "30m1h", "1h1h", "5x", "400d", "1h ",
                           " 1h", "99999999999999999999s"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  for (const char* text : {"30s", "15m", "1h30m", "7d", "1d1s", "0s"})
    EXPECT_EQ(duration_text(*parse_duration(text)), text);
  EXPECT_EQ(duration_text(90), "1m30s");
}

TEST(Timing, OnceIsOnce) {
  const Timing once = Once{1000};
  EXPECT_EQ(next_time(once, Utc{}, 999), 1000);
  EXPECT_EQ(next_time(once, Utc{}, 1000), std::nullopt);
  EXPECT_EQ(last_time(once, Utc{}, 900, 1000), 1000);
  EXPECT_EQ(last_time(once, Utc{}, 1000, 2000), std::nullopt);
}

TEST(Timing, MultiplesDoNotDependOnTheStart) {
  const Timing every = Every{15 * kMinute};
  EXPECT_EQ(next_time(every, Utc{}, at("2026-05-01T10:07:31Z")), at("2026-05-01T10:15Z"));
  EXPECT_EQ(next_time(every, Utc{}, at("2026-05-01T10:15Z")), at("2026-05-01T10:30Z"));
  EXPECT_EQ(last_time(every, Utc{}, at("2020-01-01T00:00Z"), at("2026-05-01T10:07Z")),
            at("2026-05-01T10:00Z"));
  EXPECT_EQ(last_time(every, Utc{}, at("2026-05-01T10:00Z"), at("2026-05-01T10:07Z")),
            std::nullopt);
}

TEST(Timing, TheLastOfARule) {
  const Timing daily = std::get<CronRule>(CronRule::parse("0 9 * * *"));
  EXPECT_EQ(last_time(daily, berlin(), at("2026-05-01T12:00Z"), at("2026-05-04T12:00Z")),
            at("2026-05-04T07:00Z"));
  EXPECT_EQ(last_time(daily, berlin(), at("2026-05-01T12:00Z"), at("2026-05-02T06:59Z")),
            std::nullopt);
}

}  // namespace
}  // namespace jackfield::schedule
