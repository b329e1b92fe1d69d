#include "schedule/core/planner.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::schedule {

void Planner::plan(Schedule& schedule, Seconds handled) {
  schedule.handled = handled;
  schedule.next = next_time(schedule.rule.timing, *schedule.rule.zone, handled);
}

void Planner::add(Rule rule, Seconds handled) {
  rule.catch_up = std::clamp<Seconds>(rule.catch_up, 0, kLongestCatchUp);
  Schedule& schedule = schedules_.emplace_back();
  schedule.rule = std::move(rule);
  plan(schedule, handled);
}

std::vector<Planner::Due> Planner::take_due(Seconds now) {
  std::vector<Due> all;
  for (std::size_t i = 0; i < schedules_.size(); ++i) {
    Schedule& schedule = schedules_[i];
    if (schedule.handled > now + kSetBack) plan(schedule, now);
    if (!schedule.next || *schedule.next > now) continue;
    const Seconds first = *schedule.next;
    const Rule& rule = schedule.rule;
    const Seconds oldest = now - std::max(rule.catch_up, kLate);
    const auto last =
        last_time(rule.timing, *rule.zone, std::max(schedule.handled, oldest - 1), now);
    all.push_back({.schedule = i,
                   .at = last.value_or(first),
                   .too_late = !last,
                   .missed_others = last && *last != first});
    plan(schedule, now);
  }
  return all;
}

std::optional<Seconds> Planner::next() const {
  std::optional<Seconds> first;
  for (const Schedule& schedule : schedules_) {
    if (schedule.next && (!first || *schedule.next < *first)) first = schedule.next;
  }
  return first;
}

std::vector<Seconds> Planner::upcoming(std::size_t schedule, Seconds now, std::size_t count) const {
  const Rule& rule = schedules_[schedule].rule;
  std::vector<Seconds> times;
  Seconds after = std::max(now, std::min(schedules_[schedule].handled, now + kSetBack));
  while (times.size() < count) {
    const auto next = next_time(rule.timing, *rule.zone, after);
    if (!next) break;
    times.push_back(*next);
    after = *next;
  }
  return times;
}

}  // namespace jackfield::schedule
