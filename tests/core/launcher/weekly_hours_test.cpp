#include "people/core/weekly_hours.hpp"

#include <gtest/gtest.h>

namespace jackfield::people {
namespace {

WeeklyHours hours(const char* text) {
  auto read = WeeklyHours::parse(text);
  EXPECT_TRUE(std::holds_alternative<WeeklyHours>(read)) << text << ": " << std::get<1>(read);
  return std::get<WeeklyHours>(read);
}
std::string wrong(const char* text) {
  const auto read = WeeklyHours::parse(text);
  return std::holds_alternative<std::string>(read) ? std::get<std::string>(read) : "nothing";
}
constexpr int at(int hour, int minute = 0) { return hour * 60 + minute; }

TEST(WeeklyHours, OfficeHours) {
  const WeeklyHours office = hours("Mon-Fri 09:00-17:00, sat 10:00-12:30");
  EXPECT_EQ(office.text(), "Mon-Fri 09:00-17:00, sat 10:00-12:30");
  EXPECT_TRUE(office.contains(1, at(9)));
  EXPECT_TRUE(office.contains(5, at(16, 59)));
  EXPECT_FALSE(office.contains(5, at(17)));
  EXPECT_FALSE(office.contains(1, at(8, 59)));
  EXPECT_TRUE(office.contains(6, at(12, 29)));
  EXPECT_FALSE(office.contains(6, at(12, 30)));
  EXPECT_FALSE(office.contains(7, at(11)));
}

TEST(WeeklyHours, NightsGoOnTheNextDayAndTheNextWeek) {
  const WeeklyHours night = hours("sun 22:00-06:00");
  EXPECT_TRUE(night.contains(7, at(23)));
  EXPECT_TRUE(night.contains(1, at(5, 59)));
  EXPECT_FALSE(night.contains(1, at(6)));
  EXPECT_FALSE(night.contains(7, at(5)));
  EXPECT_TRUE(hours("daily 0:00-24:00").contains(3, at(12)));
  EXPECT_TRUE(hours("fri-mon 8:00-9:00").contains(7, at(8)));
  EXPECT_FALSE(hours("fri-mon 8:00-9:00").contains(2, at(8)));
}

TEST(WeeklyHours, Mistakes) {
  EXPECT_EQ(wrong(""), "there are none");
  EXPECT_EQ(wrong("mon"), "'mon' is no day and time");
  EXPECT_EQ(wrong("day 09:00-17:00"),
            "'day 09:00-17:00' has no day: they are mon tue wed thu fri sat sun");
  for (const char* text :
       {"mon 09:00", "mon 9-17", "mon 25:00-26:00", "mon 09:60-10:00", "mon 09:00-09:00",
        "mon 24:00-01:00", "mon 24:30-25:00", "mon 009:00-10:00"})
    EXPECT_EQ(wrong(text).substr(0, 1), "'") << text;
  std::string many = "daily 0:00-1:00";
  for (int i = 0; i < 12; ++i) many += ",daily 0:00-1:00";
  EXPECT_EQ(wrong(many.c_str()), "there are too many");
}

}  // namespace
}  // namespace jackfield::people
