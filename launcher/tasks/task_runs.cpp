#include "tasks/task_runs.hpp"

#include <algorithm>
#include <utility>

#include "text/redaction.hpp"

namespace jackfield {
namespace {

UnixMs now_ms() { return g_get_real_time() / 1000; }

// Calls `visit` with every element that takes a goal; true when there was one.
bool for_each_goal(GstElement* pipeline, const std::function<void(GstElement*)>& visit) {
  bool found = false;
  GstIterator* it = gst_bin_iterate_recurse(GST_BIN(pipeline));
  GValue item = G_VALUE_INIT;
  while (gst_iterator_next(it, &item) == GST_ITERATOR_OK) {
    auto* element = GST_ELEMENT(g_value_get_object(&item));
    const GParamSpec* goal = g_object_class_find_property(G_OBJECT_GET_CLASS(element), "goal");
    if (goal && (goal->flags & G_PARAM_WRITABLE) && goal->value_type == G_TYPE_STRING) {
      found = true;
      visit(element);
    }
    g_value_reset(&item);
  }
  g_value_unset(&item);
  gst_iterator_free(it);
  return found;
}

SessionManager::Config sessions_config(const TaskSettings& settings,
                                       const TaskRuns::Config& config) {
  return {.line = TaskRuns::line_of(settings.name),
          .kind = kTaskKind,
          .file = settings.file,
          .variables = settings.variables,
          .recordings = config.recordings,
          .audit_log = config.audit_log,
          .keep_only_calls = false,
          .limits = {},
          .desk = false};
}

}  // namespace

bool takes_goal(GstElement* pipeline) {
  return for_each_goal(pipeline, [](GstElement*) {});
}

// What is wrong with pipelines.
class TaskRuns::Errors final : public CallObserver {
 public:
  explicit Errors(TaskRuns& runs) : runs_(runs) {}

  void opened(const std::string&, const std::string&, const std::string&) override {}
  void running(const std::string&) override {}
  void message(const std::string&, const GstStructure&, const std::optional<CallEvent>&,
               GstClockTime) override {}
  void warning(const std::string&, const std::string&) override {}
  void error(const std::string& id, const std::string& text) override {
    const auto it = runs_.running_.find(id);
    if (it != runs_.running_.end() && it->second->error.empty()) it->second->error = text;
  }
  void closed(const SessionSummary&) override {}

 private:
  TaskRuns& runs_;
};

TaskRuns::TaskRuns(Config config, std::vector<TaskSettings> tasks, RunHistory& history)
    : config_(std::move(config)),
      history_(history),
      registry_(config_.max_running),
      errors_(std::make_unique<Errors>(*this)) {
  for (TaskSettings& settings : tasks) {
    auto sessions = sessions_config(settings, config_);
    Task& task = *tasks_.emplace_back(
        new Task{.settings = std::move(settings), .sessions = {std::move(sessions), registry_}});
    task.sessions.add_observer(*errors_);
    task.sessions.set_on_closed(
        [this, &task](const SessionSummary& summary) { over(task, summary); });
  }
  beat_ = g_timeout_add(
      RunHistory::kBeat,
      [](gpointer self) -> gboolean {
        static_cast<TaskRuns*>(self)->say_alive();
        return G_SOURCE_CONTINUE;
      },
      this);
}

TaskRuns::~TaskRuns() {
  g_source_remove(beat_);
  for (const auto& task : tasks_) task->sessions.set_on_closed(nullptr);
  for (const auto& [session, run] : running_)
    if (run->timer) g_source_remove(run->timer);
}

const TaskRuns::Task* TaskRuns::find(const std::string& name) const {
  for (const auto& task : tasks_)
    if (task->settings.name == name) return task.get();
  return nullptr;
}

std::optional<std::int64_t> TaskRuns::start(Order order, Refusal& why) {
  const auto refuse = [&](const char* code, std::string text) {
    why = {.code = code, .text = std::move(text)};
    return std::nullopt;
  };
  const auto found = std::find_if(tasks_.begin(), tasks_.end(), [&](const auto& task) {
    return task->settings.name == order.task;
  });
  if (found == tasks_.end()) return refuse("no-such-task", "there is no task of this name");
  Task& task = **found;
  if (order.goal.empty()) order.goal = task.settings.goal;
  if (order.goal.empty())
    return refuse("no-goal", "this task has no goal of its own; say what is to be done");
  if (order.goal.size() > kLongestGoal ||
      !g_utf8_validate_len(order.goal.data(), order.goal.size(), nullptr))
    return refuse("bad-goal",
                  "a goal is UTF-8 text of at most " + std::to_string(kLongestGoal) + " bytes");
  if (stopping_) return refuse("stopping", "the server is being stopped");
  const bool can_run =
      running_.size() < config_.max_running && task.running < task.settings.max_running;
  if (!can_run && waiting_.size() >= config_.max_waiting)
    return refuse("busy", "as many tasks run and wait as may (max-tasks, max-waiting-tasks)");
  TaskRun run;
  run.task = order.task;
  run.goal = std::move(order.goal);
  run.started_by = std::move(order.started_by);
  run.schedule = std::move(order.schedule);
  run.due = order.due;
  run.caller = std::move(order.caller);
  run.wanted = now_ms();
  const auto id = history_.begin(run, run.wanted);
  if (!id && !history_.has_failed())
    return refuse("claimed", "this time of the schedule has been dealt with");
  if (!id) return refuse("no-state", "it cannot be written down: " + history_.error());
  run.id = *id;
  ++task.waiting;
  waiting_.push_back(
      RunPtr{new Run{.task = task,
                     .run = std::move(run),
                     .timeout = order.timeout > 0 ? order.timeout : task.settings.timeout}});
  start_waiting();
  const auto waits = find_waiting(*id);
  if (waits != waiting_.end()) tell(TaskRun{(*waits)->run});
  return id;
}

TaskRuns::Waiting::iterator TaskRuns::find_waiting(std::int64_t id) {
  return std::find_if(waiting_.begin(), waiting_.end(),
                      [&](const RunPtr& run) { return run->run.id == id; });
}

// In the order in which they came, but none waits for another task than its own when there is room.
void TaskRuns::start_waiting() {
  if (std::exchange(starting_, true)) return;
  for (auto it = waiting_.begin();
       !stopping_ && it != waiting_.end() && running_.size() < config_.max_running;) {
    Task& task = (*it)->task;
    if (task.running >= task.settings.max_running || !registry_.has_room()) {
      ++it;
      continue;
    }
    RunPtr run = std::move(*it);
    waiting_.erase(it);
    --task.waiting;
    launch(std::move(run));
    // Who is told may have changed the queue.
    it = waiting_.begin();
  }
  starting_ = false;
}

bool TaskRuns::launch(RunPtr run) {
  Task& task = run->task;
  Run* const raw = run.get();
  SessionSetup setup;
  setup.task = CallRecord::Task{.name = run->run.task, .goal = run->run.goal};
  setup.prepare = [goal = run->run.goal](GstElement* pipeline, std::string& error) {
    const bool set = for_each_goal(pipeline, [&](GstElement* element) {
      g_object_set(element, "goal", goal.c_str(), nullptr);
    });
    if (!set) error = "the pipeline has no element that takes a goal";
    return set;
  };
  setup.on_message = [raw](const GstStructure& message) {
    if (auto result = to_task_result(message)) raw->result = std::move(result);
  };
  std::string error;
  const auto session = task.sessions.start(std::move(setup), error);
  if (!session) {
    raw->run.outcome = "failed";
    raw->run.text = error;
    finish(*raw);
    return false;
  }
  raw->run.session = session->id();
  raw->run.started = now_ms();
  history_.started(raw->run.id, raw->run.session, *raw->run.started);
  ++task.running;
  running_.emplace(session->id(), std::move(run));
  arm(*raw);
  tell(TaskRun{raw->run});
  return true;
}

void TaskRuns::arm(Run& run) {
  run.timer = g_timeout_add_seconds_full(
      G_PRIORITY_DEFAULT, run.timeout,
      [](gpointer user) -> gboolean {
        auto* of = static_cast<Run*>(user);
        of->timer = 0;
        if (const auto session = of->task.sessions.find(of->run.session))
          session->end(kTaskTimeout);
        return G_SOURCE_REMOVE;
      },
      &run, nullptr);
}

void TaskRuns::over(Task& task, const SessionSummary& summary) {
  const auto it = running_.find(summary.id);
  if (it == running_.end()) return;
  const RunPtr run = std::move(it->second);
  running_.erase(it);
  --task.running;
  if (run->timer) g_source_remove(run->timer);
  TaskRun& of = run->run;
  of.outcome = task_outcome(run->result, summary.reason, summary.failed);
  if (run->result) {
    of.text = run->result->text;
    of.steps = run->result->steps;
    of.cost = run->result->cost;
  }
  if (of.text.empty() && of.outcome != "done")
    of.text = run->error.empty() ? summary.reason : run->error;
  finish(*run);
  start_waiting();
  if (idle() && on_idle_) on_idle_();
}

void TaskRuns::finish(Run& run) {
  // What tools give may have secrets of ours in it.
  run.run.text = redacted(run.run.text);
  run.run.ended = now_ms();
  history_.ended(run.run, *run.run.ended);
  note_ended(run.run);
}

void TaskRuns::note_ended(const TaskRun& run) {
  for (const auto& task : tasks_)
    if (task->settings.name == run.task) ++task->ended[run.outcome];
  tell(run);
}

void TaskRuns::tell(const TaskRun& run) {
  for (const OnChange& listener : listeners_) listener(run);
}

bool TaskRuns::cancel(std::int64_t id, const std::string& reason) {
  const auto it = find_waiting(id);
  if (it != waiting_.end()) {
    const RunPtr run = std::move(*it);
    waiting_.erase(it);
    --run->task.waiting;
    run->run.outcome = "cancelled";
    run->run.text = reason;
    finish(*run);
    return true;
  }
  for (const auto& [session, run] : running_) {
    if (run->run.id != id) continue;
    if (const auto runs = run->task.sessions.find(session)) runs->end(reason);
    return true;
  }
  return false;
}

void TaskRuns::say_alive() {
  std::vector<std::int64_t> ids;
  for (const auto& run : waiting_) ids.push_back(run->run.id);
  for (const auto& [session, run] : running_) ids.push_back(run->run.id);
  history_.alive(ids, now_ms());
}

bool TaskRuns::idle() const {
  return running_.empty() && waiting_.empty() &&
         std::all_of(tasks_.begin(), tasks_.end(),
                     [](const auto& task) { return task->sessions.idle(); });
}

void TaskRuns::end_all(const std::string& reason) {
  stopping_ = true;
  while (!waiting_.empty()) cancel(waiting_.front()->run.id, reason);
}

void TaskRuns::drained() {
  for (const auto& task : tasks_) task->sessions.end_all("drained");
}

void TaskRuns::abort_all(const std::string& reason) {
  for (const auto& task : tasks_) task->sessions.abort_all(reason);
}

}  // namespace jackfield
