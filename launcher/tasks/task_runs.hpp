// Carries out tasks: each run is a session of its own without a caller, with the ordinary records.
// So many run at a time, so many wait, and what comes beyond is refused. Main thread.
//
// A goal comes from anywhere and is data: it is set as a property of an element, never a variable
// of the pipeline file.
#pragma once

#include <glib.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "records/core/task_result.hpp"
#include "scenario/session_manager.hpp"
#include "serve/call_service.hpp"
#include "tasks/run_history.hpp"

namespace jackfield {

// Does the pipeline have an element that takes a goal: one with a writable text property `goal`?
bool takes_goal(GstElement* pipeline);

struct TaskSettings {
  std::string name, description;
  std::string goal;  // "": each run brings its own
  unsigned max_running = 1;
  unsigned timeout = 600;  // s
  PipelineFile file;
  Variables variables;
};

class TaskRuns final : public OtherSessions {
 public:
  static constexpr std::size_t kLongestGoal = 8192;  // bytes
  struct Config {
    std::size_t max_running = 4, max_waiting = 16;  // of all tasks
    std::string recordings;
    std::string audit_log{};  // see audit_log_path()
  };
  // What somebody wants.
  struct Order {
    std::string task;
    std::string goal;  // "": the task's
    std::string started_by = kByApi;
    std::string schedule{};
    std::optional<UnixMs> due{};
    std::string caller{};
    unsigned timeout = 0;  // s, 0: the task's
  };
  // Why it is not carried out: a word for programs, a text for people.
  struct Refusal {
    const char* code = nullptr;  // "no-such-task", "bad-goal", "no-goal", "busy", "stopping",
                                 // "claimed", "no-state"
    std::string text{};
  };
  struct Task {
    TaskSettings settings;
    SessionManager sessions;
    std::size_t running = 0, waiting = 0;
    std::map<std::string, std::uint64_t> ended;  // by outcome, since the server's start
  };
  // `run` is how it is now. Called when it has to wait for its
  // turn, when it has started, and when it has ended.
  using OnChange = std::function<void(const TaskRun& run)>;

  TaskRuns(Config config, std::vector<TaskSettings> tasks, RunHistory& history);
  ~TaskRuns() override;
  TaskRuns(const TaskRuns&) = delete;
  TaskRuns& operator=(const TaskRuns&) = delete;

  // "task research": no line can have this name.
  static std::string line_of(const std::string& task) { return "task " + task; }

  // The id of the run, which may have ended already; nullopt and why not.
  std::optional<std::int64_t> start(Order order, Refusal& why);
  // False when no such run waits or runs. Its end follows.
  bool cancel(std::int64_t run, const std::string& reason);

  const std::vector<std::unique_ptr<Task>>& tasks() const { return tasks_; }
  const Task* find(const std::string& name) const;
  std::size_t running() const { return running_.size(); }
  std::size_t waiting() const { return waiting_.size(); }
  const Config& config() const { return config_; }
  RunHistory& history() { return history_; }
  // They must outlive the runs.
  void add_listener(OnChange listener) { listeners_.push_back(std::move(listener)); }
  // That these runs go on; it is said by itself, but after a sleep of the machine in no order.
  void say_alive();
  // A run that did not end here: it was interrupted, or never begun.
  void note_ended(const TaskRun& run);

  // From the first stop on none begins; those that run go on until drained().
  bool idle() const override;
  void end_all(const std::string& reason) override;
  void drained() override;
  void abort_all(const std::string& reason) override;
  void set_on_idle(std::function<void()> f) override { on_idle_ = std::move(f); }

 private:
  struct Run {
    Task& task;
    TaskRun run;
    unsigned timeout = 0;
    std::optional<TaskResult> result{};
    std::string error{};  // of the pipeline, the first
    guint timer = 0;
  };
  using RunPtr = std::unique_ptr<Run>;
  using Waiting = std::deque<RunPtr>;

  class Errors;

  void start_waiting();
  Waiting::iterator find_waiting(std::int64_t id);
  bool launch(RunPtr run);
  void arm(Run& run);
  void over(Task& task, const SessionSummary& summary);
  void finish(Run& run);
  void tell(const TaskRun& run);

  const Config config_;
  RunHistory& history_;
  LocalSessionRegistry registry_;
  std::unique_ptr<Errors> errors_;
  std::vector<std::unique_ptr<Task>> tasks_;
  Waiting waiting_;
  std::map<std::string, RunPtr, std::less<>> running_;  // by session
  std::vector<OnChange> listeners_;
  std::function<void()> on_idle_;
  bool stopping_ = false;
  bool starting_ = false;
  guint beat_ = 0;
};

}  // namespace jackfield
