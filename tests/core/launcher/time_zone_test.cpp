#include "schedule/core/time_zone.hpp"

#include <gtest/gtest.h>

#include "schedule_zones.hpp"

namespace jackfield::schedule {
namespace {

TEST(TimeZone, LocalTimesAndInstants) {
  EXPECT_EQ(local_time(berlin(), at("2026-07-01T10:00Z")), at("2026-07-01T12:00Z"));
  EXPECT_EQ(instant_of(berlin(), at("2026-07-01T12:00Z")), at("2026-07-01T10:00Z"));
  EXPECT_EQ(instant_of(new_york(), at("2026-01-01T00:00Z")), at("2026-01-01T05:00Z"));
  EXPECT_EQ(instant_of(kathmandu(), at("2026-01-01T05:45Z")), at("2026-01-01T00:00Z"));
}

// For each minute around the shifts: the first instant that shows it or, left out, more.
TEST(TimeZone, EveryMinuteAroundAShift) {
  for (const auto& [zone, shift] :
       {std::pair{berlin(), at("2026-03-29T01:00Z")}, std::pair{berlin(), at("2026-10-25T01:00Z")},
        std::pair{new_york(), at("2026-03-08T07:00Z")},
        std::pair{new_york(), at("2026-11-01T06:00Z")},
        std::pair{lord_howe(), at("2026-04-04T15:00Z")},
        std::pair{lord_howe(), at("2026-10-03T15:30Z")}}) {
    const Seconds middle = local_time(zone, shift);
    for (Seconds local = middle - 2 * kHour; local <= middle + 2 * kHour; local += kMinute) {
      const Seconds found = instant_of(zone, local);
      Seconds first = shift - 6 * kHour;
      while (local_time(zone, first) < local) first += kMinute;
      EXPECT_EQ(found, first) << "shift " << shift << " local " << local;
    }
  }
}

}  // namespace
}  // namespace jackfield::schedule
