// The tasks of a server, with the file that its state is in.
#pragma once

#include <functional>
#include <memory>

#include "cli/lines.hpp"
#include "schedule/scheduler.hpp"
#include "tasks/task_runs.hpp"

namespace jackfield::cli {

class TaskService {
 public:
  // nullptr after saying what is wrong. `observe` adds observers to sessions.
  static std::unique_ptr<TaskService> open(const Lines& lines, const ServerSettings& settings,
                                           const std::function<void(SessionManager&)>& observe);

  TaskRuns& runs() { return runs_; }
  Scheduler& scheduler() { return scheduler_; }

 private:
  TaskService(const Lines& lines, const ServerSettings& settings,
              std::unique_ptr<RunHistory> history);

  std::unique_ptr<RunHistory> history_;
  TaskRuns runs_;
  Scheduler scheduler_;
};

}  // namespace jackfield::cli
