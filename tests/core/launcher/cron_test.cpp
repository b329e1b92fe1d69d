#include "schedule/core/cron.hpp"

#include <gtest/gtest.h>

#include "schedule_zones.hpp"

namespace jackfield::schedule {
namespace {

CronRule rule(const char* text) {
  auto parsed = CronRule::parse(text);
  if (const auto* error = std::get_if<std::string>(&parsed))
    ADD_FAILURE() << text << ": " << *error;
  return std::holds_alternative<CronRule>(parsed) ? std::get<CronRule>(parsed) : CronRule{};
}

std::string error_of(const char* text) {
  const auto parsed = CronRule::parse(text);
  const auto* error = std::get_if<std::string>(&parsed);
  return error ? *error : "";
}

// The times after `from`, in UTC.
std::vector<Seconds> times(const char* text, const TimeZone& zone, const char* from,
                           std::size_t count) {
  const CronRule of = rule(text);
  std::vector<Seconds> all;
  Seconds after = at(from);
  while (all.size() < count) {
    const auto next = of.next(after, zone);
    if (!next) break;
    all.push_back(*next);
    after = *next;
  }
  return all;
}

std::vector<Seconds> list(std::initializer_list<const char*> texts) {
  std::vector<Seconds> all;
  for (const char* text : texts) all.push_back(at(text));
  return all;
}

TEST(Cron, EveryMinute) {
  EXPECT_EQ(times("* * * * *", Utc{}, "2026-12-31T23:58:01Z", 3),
            list({"2026-12-31T23:59Z", "2027-01-01T00:00Z", "2027-01-01T00:01Z"}));
}

TEST(Cron, AfterMeansAfter) {
  EXPECT_EQ(times("0 9 * * *", Utc{}, "2026-05-01T09:00Z", 1), list({"2026-05-02T09:00Z"}));
  EXPECT_EQ(times("0 9 * * *", Utc{}, "2026-05-01T08:59:59Z", 1), list({"2026-05-01T09:00Z"}));
}

TEST(Cron, ListsRangesStepsNames) {
  EXPECT_EQ(times("5,50-52 8 * * *", Utc{}, "2026-05-01T00:00Z", 5),
            list({"2026-05-01T08:05Z", "2026-05-01T08:50Z", "2026-05-01T08:51Z",
                  "2026-05-01T08:52Z", "2026-05-02T08:05Z"}));
  EXPECT_EQ(
      times("*/25 6-10/2 * * *", Utc{}, "2026-05-01T06:30Z", 4),
      list({"2026-05-01T06:50Z", "2026-05-01T08:00Z", "2026-05-01T08:25Z", "2026-05-01T08:50Z"}));
  // 2026-05-01 is a Friday.
  EXPECT_EQ(times("0 9 * * Mon-FRI", Utc{}, "2026-05-01T10:00Z", 2),
            list({"2026-05-04T09:00Z", "2026-05-05T09:00Z"}));
  EXPECT_EQ(times("0 0 1 jan,Jul *", Utc{}, "2026-05-01T00:00Z", 2),
            list({"2026-07-01T00:00Z", "2027-01-01T00:00Z"}));
  for (const char* sunday : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun"})
    EXPECT_EQ(times(sunday, Utc{}, "2026-05-01T00:00Z", 2),
              list({"2026-05-03T00:00Z", "2026-05-10T00:00Z"}))
        << sunday;
  EXPECT_EQ(times("0 0 * * fri-sun", Utc{}, "2026-05-01T00:00Z", 3),
            list({"2026-05-02T00:00Z", "2026-05-03T00:00Z", "2026-05-08T00:00Z"}));
  EXPECT_EQ(times("  0\t0  * * *  ", Utc{}, "2026-05-01T00:00Z", 1), list({"2026-05-02T00:00Z"}));
}

TEST(Cron, EitherDayIsEnoughUnlessOneIsAStar) {
  // The 13th or a Friday.
  EXPECT_EQ(
      times("0 0 13 * fri", Utc{}, "2026-05-01T00:00Z", 4),
      list({"2026-05-08T00:00Z", "2026-05-13T00:00Z", "2026-05-15T00:00Z", "2026-05-22T00:00Z"}));
  // Odd days that are Fridays.
  EXPECT_EQ(times("0 0 */2 * fri", Utc{}, "2026-05-01T00:00Z", 2),
            list({"2026-05-15T00:00Z", "2026-05-29T00:00Z"}));
}

TEST(Cron, MonthsEndWhenTheyEnd) {
  EXPECT_EQ(times("0 0 31 * *", Utc{}, "2026-01-31T00:00Z", 3),
            list({"2026-03-31T00:00Z", "2026-05-31T00:00Z", "2026-07-31T00:00Z"}));
  EXPECT_EQ(times("0 0 29 2 *", Utc{}, "2026-01-01T00:00Z", 2),
            list({"2028-02-29T00:00Z", "2032-02-29T00:00Z"}));
  // 2100 is no leap year.
  EXPECT_EQ(times("0 0 29 2 *", Utc{}, "2097-01-01T00:00Z", 1), list({"2104-02-29T00:00Z"}));
  EXPECT_EQ(times("0 0 * 2 *", Utc{}, "2028-02-28T00:00Z", 2),
            list({"2028-02-29T00:00Z", "2029-02-01T00:00Z"}));
  // A 29 February that is a Sunday comes every 28 years.
  EXPECT_EQ(times("0 0 29 2 */7", Utc{}, "2026-01-01T00:00Z", 1), list({"2032-02-29T00:00Z"}));
  EXPECT_EQ(times("0 0 29 2 */7", Utc{}, "2032-03-01T00:00Z", 1), list({"2060-02-29T00:00Z"}));
}

TEST(Cron, WhatNeverIsIsRefused) {
  for (const char* text : {"0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 31 apr *"})
    EXPECT_NE(error_of(text).find("never"), std::string::npos) << text;
  // A Monday there is.
  EXPECT_EQ(times("0 0 30 2 mon", Utc{}, "2026-01-01T00:00Z", 1), list({"2026-02-02T00:00Z"}));
  EXPECT_NE(rule("0 0 29 2 *").remark().find("leap"), std::string::npos);
  EXPECT_NE(rule("0 0 31 * *").remark().find("31"), std::string::npos);
  EXPECT_EQ(rule("0 0 31 1,3 *").remark(), "");
  EXPECT_EQ(rule("0 0 1,31 * *").remark(), "");
  EXPECT_EQ(rule("0 0 30 1 *").remark(), "");
}

TEST(Cron, WhatIsWrongIsSaid) {
  const std::pair<const char*, const char*> cases[]{
      {"", "five fields"},
      {"* * * *", "here are 4"},
      {"* * * * * *", "here are 6"},
      {"60 * * * *", "'60' is no minute"},
      {"* 24 * * *", "is no hour"},
      {"* * 0 * *", "is no day of the month"},
      {"* * 32 * *", "is no day of the month"},
      {"* * * 13 *", "is no month"},
      {"* * * * 8", "is no day of the week"},
      {"* * * foo *", "name in three letters"},
      {"* * * january *", "is no month"},
      {"-1 * * * *", "is no minute"},
      {"1- * * * *", "is no minute"},
      {"1,,2 * * * *", "is no minute"},
      {"*/0 * * * *", "no step"},
      {"*/x * * * *", "no step"},
      {"*/60 * * * *", "no step"},
      {"5/10 * * * *", "needs a range"},
      {"10-5 * * * *", "backwards"},
      {"* * * * fri-mon", "backwards"},
      {"99999999999999999999 * * * *", "is no minute"},
      {"** * * * *", "is no minute"},
  };
  for (const auto& [text, part] : cases)
    EXPECT_NE(error_of(text).find(part), std::string::npos) << text << ": " << error_of(text);
}

TEST(Cron, ATimeThatIsLeftOutRunsOnceAtTheShift) {
  // Berlin has no 2:30 on 29 March; New York none on 8 March.
  EXPECT_EQ(times("30 2 * * *", berlin(), "2026-03-28T00:00Z", 3),
            list({"2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"}));
  EXPECT_EQ(times("30 2 * * *", new_york(), "2026-03-07T00:00Z", 3),
            list({"2026-03-07T07:30Z", "2026-03-08T07:00Z", "2026-03-09T06:30Z"}));
  // Several left out are one, also with the one that stands there.
  EXPECT_EQ(
      times("*/20 2,3 * * *", berlin(), "2026-03-29T00:00Z", 4),
      list({"2026-03-29T01:00Z", "2026-03-29T01:20Z", "2026-03-29T01:40Z", "2026-03-30T00:00Z"}));
  // Half an hour: 2:15 is left out in October.
  EXPECT_EQ(times("15 2 * * *", lord_howe(), "2026-10-03T00:00Z", 2),
            list({"2026-10-03T15:30Z", "2026-10-04T15:15Z"}));
}

TEST(Cron, ATimeThatComesTwiceRunsOnce) {
  EXPECT_EQ(times("30 2 * * *", berlin(), "2026-10-24T12:00Z", 2),
            list({"2026-10-25T00:30Z", "2026-10-26T01:30Z"}));
  EXPECT_EQ(times("30 1 * * *", new_york(), "2026-10-31T12:00Z", 2),
            list({"2026-11-01T05:30Z", "2026-11-02T06:30Z"}));
  EXPECT_EQ(times("45 1 * * *", lord_howe(), "2026-04-04T00:00Z", 2),
            list({"2026-04-04T14:45Z", "2026-04-05T15:15Z"}));
  // From between the two: the first has passed.
  EXPECT_EQ(times("30 2 * * *", berlin(), "2026-10-25T00:45Z", 1), list({"2026-10-26T01:30Z"}));
  EXPECT_EQ(times("30 2 * * *", berlin(), "2026-10-25T01:10Z", 1), list({"2026-10-26T01:30Z"}));
}

TEST(Cron, EveryHourIsAboutTheTimeThatPasses) {
  EXPECT_EQ(times("30 * * * *", berlin(), "2026-03-28T23:45Z", 3),
            list({"2026-03-29T00:30Z", "2026-03-29T01:30Z", "2026-03-29T02:30Z"}));
  EXPECT_EQ(times("30 * * * *", berlin(), "2026-10-24T23:45Z", 3),
            list({"2026-10-25T00:30Z", "2026-10-25T01:30Z", "2026-10-25T02:30Z"}));
  // By half an hour: 1:30 to 2:00 comes twice, 2:00 to 2:30 not at all.
  EXPECT_EQ(
      times("*/15 * * * *", lord_howe(), "2026-04-04T14:44Z", 4),
      list({"2026-04-04T14:45Z", "2026-04-04T15:00Z", "2026-04-04T15:15Z", "2026-04-04T15:30Z"}));
  EXPECT_EQ(times("0 * * * *", lord_howe(), "2026-10-03T14:00Z", 3),
            list({"2026-10-03T14:30Z", "2026-10-03T16:00Z", "2026-10-03T17:00Z"}));
  // Once a year, seen from afar.
  EXPECT_EQ(times("0 * 29 2 *", berlin(), "2026-03-01T00:00Z", 2),
            list({"2028-02-28T23:00Z", "2028-02-29T00:00Z"}));
}

TEST(Cron, OddOffsets) {
  EXPECT_EQ(times("0 9 * * *", kathmandu(), "2026-05-01T00:00Z", 2),
            list({"2026-05-01T03:15Z", "2026-05-02T03:15Z"}));
  EXPECT_EQ(times("0 0 1 * *", kathmandu(), "2026-05-01T00:00Z", 1), list({"2026-05-31T18:15Z"}));
}

// Whatever the rule, each minute of the year that fits counts once, also where clocks are shifted.
TEST(Cron, AYearOfDaysHasAsManyTimes) {
  for (const TableZone& zone : {berlin(), new_york(), lord_howe()}) {
    for (const char* text : {"0 0 * * *", "30 1 * * *", "59 1 * * *", "0 2 * * *", "15 2 * * *",
                             "30 2 * * *", "0 3 * * *"}) {
      const CronRule daily = rule(text);
      Seconds after = at("2026-01-02T12:00Z");
      for (int day = 0; day < 360; ++day) {
        const Seconds next = daily.next(after, zone).value();
        EXPECT_GE(next - after, day == 0 ? 1 : 23 * kHour) << text << " day " << day;
        EXPECT_LE(next - after, 25 * kHour) << text << " day " << day;
        // The same from anywhere between.
        EXPECT_EQ(daily.next(next - 1, zone), next);
        EXPECT_EQ(daily.next(after + (next - after) / 2, zone), next);
        after = next;
      }
    }
  }
}

}  // namespace
}  // namespace jackfield::schedule
