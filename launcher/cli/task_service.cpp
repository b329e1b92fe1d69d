#include "cli/task_service.hpp"

#include "cli/console.hpp"

namespace jackfield::cli {
namespace {

std::vector<TaskSettings> tasks_of(const Lines& lines) {
  std::vector<TaskSettings> all;
  for (std::size_t i = 0; i < lines.tasks.size(); ++i) {
    const TaskConf& conf = lines.conf->conf().tasks[i];
    all.push_back({.name = conf.line.name,
                   .description = conf.description,
                   .goal = conf.goal,
                   .max_running = conf.max_running,
                   .timeout = conf.timeout,
                   .file = lines.tasks[i].file,
                   .variables = lines.tasks[i].variables});
  }
  return all;
}

// Beside the folder of the recordings, unless it is said.
std::string state_file(const ServerSettings& settings) {
  if (!settings.state.empty()) return settings.state;
  const gstpp::CharPtr recordings{g_canonicalize_filename(settings.recordings.c_str(), nullptr)};
  const gstpp::CharPtr folder{g_path_get_dirname(recordings.get())};
  return gstpp::CharPtr{g_build_filename(folder.get(), "state.sqlite", nullptr)}.get();
}

}  // namespace

TaskService::TaskService(const Lines& lines, const ServerSettings& settings,
                         std::unique_ptr<RunHistory> history)
    : history_(std::move(history)),
      runs_({.max_running = settings.max_tasks,
             .max_waiting = settings.max_waiting_tasks,
             .recordings = settings.recordings,
             .audit_log = settings.audit_log},
            tasks_of(lines), *history_),
      scheduler_(lines.schedules, runs_, *history_) {}

std::unique_ptr<TaskService> TaskService::open(
    const Lines& lines, const ServerSettings& settings,
    const std::function<void(SessionManager&)>& observe) {
  auto history = std::make_unique<RunHistory>();
  std::string error;
  if (!history->open(state_file(settings), error)) {
    print_error(error + "; the state of tasks is there: [server] state=FILE");
    return nullptr;
  }
  std::unique_ptr<TaskService> service{new TaskService{lines, settings, std::move(history)}};
  for (const auto& task : service->runs_.tasks()) observe(task->sessions);
  return service;
}

}  // namespace jackfield::cli
