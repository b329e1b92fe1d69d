// Tasks, their runs and their schedules as JSON (docs/control-api.md).
#pragma once

#include <string>
#include <vector>

#include "records/message_json.hpp"
#include "schedule/scheduler.hpp"
#include "tasks/task_runs.hpp"

namespace jackfield {

// RUN.
JsonObjectPtr to_json(const TaskRun& run);
// {"runs": [...], "next": ...}; `limit`: so many are a full page.
JsonObjectPtr runs_json(const std::vector<TaskRun>& runs, std::size_t limit);
// TASK.
JsonObjectPtr to_json(const TaskRuns::Task& task, RunHistory& history);
// SCHEDULE.
JsonObjectPtr to_json(const ScheduleSettings& schedule, const Scheduler& scheduler,
                      RunHistory& history);

}  // namespace jackfield
