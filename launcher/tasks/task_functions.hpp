// What agents can do with tasks while they talk: start one of those that their line has, and ask
// how it goes. When it ends the agent is told, if the call still goes on. Main thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "functions/session_functions.hpp"
#include "tasks/task_runs.hpp"

namespace jackfield {

class TaskFunctions final : public FunctionSource {
 public:
  // Of one call.
  static constexpr std::size_t kMostRuns = 10;       // in all
  static constexpr std::size_t kMostAtATime = 3;     // that run or wait
  static constexpr std::size_t kLongestTold = 4000;  // bytes of a result that the agent is told

  // By the name of a line: the tasks that its agents can start. Both must outlive it.
  using Lines = std::map<std::string, std::vector<std::string>, std::less<>>;
  TaskFunctions(Lines lines, TaskRuns& runs, SessionFunctions& functions);

  std::vector<SessionFunction> functions_for(const std::string& session,
                                             const std::string& line) override;

 private:
  std::string start(const FunctionCall& call);
  std::string status(const FunctionCall& call);
  void changed(const TaskRun& run);

  const Lines lines_;
  TaskRuns& runs_;
  SessionFunctions& functions_;
  bool starting_ = false;
  std::vector<TaskRun> ended_meanwhile_;
};

}  // namespace jackfield
