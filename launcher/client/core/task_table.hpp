// Tasks, their runs and their schedules as the control API tells of them, and as tables. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "json_reader.hpp"
#include "terminal/core/styled_row.hpp"

namespace jackfield::client {

// All texts are clean, as those of api_values.hpp.
struct ListedRun {
  std::string id, task, state, started_by, schedule, session;
  std::string outcome;                               // once it has ended
  std::string text;                                  // of several rows
  std::string due, wanted_at, started_at, ended_at;  // ISO 8601, UTC
  std::optional<double> steps, cost;

  bool ended() const { return state == "ended"; }
};
struct ListedTask {
  std::string name, description;
  unsigned running = 0, waiting = 0;
  std::optional<ListedRun> last;
};
struct ListedSchedule {
  std::string name, task, rule, time_zone;
  std::vector<std::string> upcoming;
  std::optional<ListedRun> last;
};

// nullopt: it has no id that the API would give.
std::optional<ListedRun> read_run(const JsonValue& value);
// Those of the arrays "runs", "tasks" and "schedules".
std::vector<ListedRun> read_runs(const JsonValue& answer);
std::vector<ListedTask> read_tasks(const JsonValue& answer);
std::vector<ListedSchedule> read_schedules(const JsonValue& answer);

// "2026-11-22T14:03:05.123Z" as it is to be shown.
using ShowTime = std::function<std::string(const std::string& iso)>;

std::vector<StyledRow> task_table(const std::vector<ListedTask>& tasks, std::size_t columns,
                                  const ShowTime& show);
std::vector<StyledRow> run_table(const std::vector<ListedRun>& runs, std::size_t columns,
                                 const ShowTime& show);
std::vector<StyledRow> schedule_table(const std::vector<ListedSchedule>& schedules,
                                      std::size_t columns, const ShowTime& show);
// What is due next, of all schedules, the earliest first.
std::vector<StyledRow> upcoming_table(const std::vector<ListedSchedule>& schedules,
                                      std::size_t columns, const ShowTime& show);

}  // namespace jackfield::client
