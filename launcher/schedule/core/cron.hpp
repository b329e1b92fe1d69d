// Times by minute, hour, day of the month, month and day of the week, as crontab(5) writes them.
// Pure.
//
//   0 9 * * mon-fri      at nine from Monday to Friday
//   */15 8-18 * * *      each quarter of an hour from 8:00 to 18:45
//   30 6 1,15 * *        at half past six on the first and the fifteenth
//
// Fields have numbers, names of three letters (months, days of the week), lists, ranges and steps
// of a range or of '*'. Sunday is 0 and 7. When both days are given, one of them is enough; a day
// field that begins with '*' always has to fit.
//
// Local times that a shift of the clocks leaves out count as the moment of the shift, several of
// them once; those that come twice count the first time. Of a rule for every hour both passes count
// and nothing is made up for: it is about the time that passes.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "schedule/core/time_zone.hpp"

namespace jackfield::schedule {

class CronRule {
 public:
  // The rule, or what is wrong, for people.
  static std::variant<CronRule, std::string> parse(std::string_view text);

  // The first time after `instant`; nullopt when there is none within 50 years.
  std::optional<Seconds> next(Seconds instant, const TimeZone& zone) const;

  // What one may not expect of it, "" if nothing: days that some years or months do not have.
  std::string remark() const;

 private:
  bool has_day(int day_number) const;              // since 1970-01-01
  std::optional<int> next_minute(int from) const;  // of a day
  std::optional<Seconds> next_local(Seconds local) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;    // from 1
  std::bitset<13> months_;  // from 1
  std::bitset<7> weekdays_;
  bool any_hour_ = false;  // every one
  // These begin with '*'.
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace jackfield::schedule
