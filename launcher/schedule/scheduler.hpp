// Starts tasks at their times. The wall clock is looked at every few seconds at least, so that a
// machine that slept and a clock that was set are noticed; core/planner.hpp says what is due then.
// Main thread.
#pragma once

#include <glib.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "schedule/core/planner.hpp"
#include "tasks/task_runs.hpp"

namespace jackfield {

struct ScheduleSettings {
  std::string name, task;
  std::string goal;     // "": the task's
  std::string written;  // "cron=0 9 * * mon-fri"
  std::string time_zone;
  unsigned timeout = 0;  // s, 0: the task's
  schedule::Rule rule;
};

class Scheduler {
 public:
  static constexpr std::size_t kMostStarts = 30;  // of all schedules in a minute
  static constexpr unsigned kLongestWait = 5;     // s until the clock is looked at again

  // Nothing is started before begin(). Both must outlive it.
  Scheduler(std::vector<ScheduleSettings> schedules, TaskRuns& tasks, RunHistory& history);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Called with a text for the operator when the state cannot be written.
  void set_on_trouble(std::function<void(const std::string&)> f) { on_trouble_ = std::move(f); }
  // From now on. What another server left behind when it was killed is put right first.
  void begin();
  // Nothing is started any more.
  void end();

  const std::vector<ScheduleSettings>& schedules() const { return schedules_; }
  const ScheduleSettings* find(const std::string& name) const;
  // When it is due next, Unix time in s; nothing is any more after end().
  std::vector<schedule::Seconds> upcoming(const ScheduleSettings& schedule,
                                          std::size_t count) const;
  // Now, beside its times. As TaskRuns::start().
  std::optional<std::int64_t> run_now(const ScheduleSettings& schedule, TaskRuns::Refusal& why);

 private:
  void tick();
  void wait();
  void start(const schedule::Planner::Due& due, schedule::Seconds now);
  void skip(const ScheduleSettings& schedule, schedule::Seconds due, const char* outcome,
            const std::string& why);
  void trouble(const ScheduleSettings& schedule) const;
  bool is_flood(schedule::Seconds now);
  std::string rule_text(const ScheduleSettings& schedule) const;

  const std::vector<ScheduleSettings> schedules_;
  TaskRuns& tasks_;
  RunHistory& history_;
  schedule::Planner planner_;
  std::deque<schedule::Seconds> starts_;  // of the last minute
  UnixMs looked_for_silent_ = 0;
  UnixMs pruned_ = 0;
  bool running_ = false;
  guint timer_ = 0;
  std::function<void(const std::string&)> on_trouble_;
};

}  // namespace jackfield
