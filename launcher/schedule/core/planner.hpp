// What is to be started now, of several schedules. Pure: the time is an argument.
//
// The clock it is told may stand still, jump forwards (the machine slept, or was off) and be set
// back. Of the times that have passed in a jump only the last counts, if it is not too old; none
// counts twice.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "schedule/core/timing.hpp"

namespace jackfield::schedule {

struct Rule {
  Timing timing;
  std::shared_ptr<const TimeZone> zone;
  Seconds catch_up = kHour;  // how late it may be started
};

class Planner {
 public:
  // So late is nothing: the program was busy.
  static constexpr Seconds kLate = 60;
  // Of a clock that is set back by more, what was done before is no guide any more.
  static constexpr Seconds kSetBack = kHour;
  static constexpr Seconds kLongestCatchUp = 7 * kDay;

  struct Due {
    std::size_t schedule = 0;
    Seconds at = 0;
    bool too_late = false;  // it is not to be started any more; `at` is the first that was missed
    bool missed_others = false;  // times before it
  };

  // `handled`: nothing up to then counts any more.
  void add(Rule rule, Seconds handled);
  std::size_t size() const { return schedules_.size(); }

  // What is due, each schedule at most once. Everything up to `now` is handled then.
  std::vector<Due> take_due(Seconds now);

  // When something is due next; nullopt: never. It may have passed.
  std::optional<Seconds> next(std::size_t schedule) const { return schedules_[schedule].next; }
  std::optional<Seconds> next() const;
  // The times that follow `now`, `count` at most.
  std::vector<Seconds> upcoming(std::size_t schedule, Seconds now, std::size_t count) const;
  Seconds handled(std::size_t schedule) const { return schedules_[schedule].handled; }

 private:
  struct Schedule {
    Rule rule;
    Seconds handled = 0;
    std::optional<Seconds> next;
  };

  static void plan(Schedule& schedule, Seconds handled);

  std::vector<Schedule> schedules_;
};

}  // namespace jackfield::schedule
