// The system's time zones are those that the tests of the rules have as tables.
#include "schedule/named_zone.hpp"

#include <gtest/gtest.h>

#include "../../core/launcher/schedule_zones.hpp"

namespace jackfield::schedule {
namespace {

TEST(NamedZone, AYearOfEach) {
  if (!NamedZone::find("Europe/Berlin")) GTEST_SKIP() << "the system has no time zones (tzdata)";
  for (const auto& [name, table] :
       {std::pair{"Europe/Berlin", berlin()}, std::pair{"America/New_York", new_york()},
        std::pair{"Australia/Lord_Howe", lord_howe()}, std::pair{"Asia/Kathmandu", kathmandu()}}) {
    const auto zone = NamedZone::find(name);
    ASSERT_TRUE(zone) << name;
    for (Seconds time = at("2026-01-01T00:00Z"); time < at("2026-12-31T00:00Z"); time += 900)
      ASSERT_EQ(zone->offset_at(time), table.offset_at(time)) << name << " " << time;
  }
}

TEST(NamedZone, ThereIsOneOfTheMachineAndNoneOfOtherNames) {
  EXPECT_TRUE(NamedZone::find(""));
  for (const char* name : {"Europe/Nowhere", "../etc/passwd", "Europe/", "cron"})
    EXPECT_FALSE(NamedZone::find(name)) << name;
  EXPECT_EQ(NamedZone::find("UTC")->offset_at(0), 0);
}

}  // namespace
}  // namespace jackfield::schedule
