#include "control/control.hpp"

#include <utility>

#include "config.h"
#include "control/routes_actions.hpp"
#include "control/routes_callers.hpp"
#include "control/routes_metrics.hpp"
#include "control/routes_questions.hpp"
#include "control/routes_records.hpp"
#include "control/routes_rooms.hpp"
#include "control/routes_scenarios.hpp"
#include "control/routes_sessions.hpp"
#include "control/routes_tasks.hpp"
#include "control/task_json.hpp"

namespace jackfield {

Control::Control(Config config, HttpServer& server, SessionRegistry& registry,
                 const Refusals& refusals)
    : recordings_(std::move(config.recordings)),
      files_(server),
      scenarios_(std::move(config.scenarios)),
      runs_(std::move(config.runs), registry, directory_, host_),
      server_(directory_, registry, refusals, config.max_sessions),
      parts_{.directory = directory_,
             .host = host_,
             .server = server_,
             .registry = registry,
             .refusals = refusals,
             .max_sessions = config.max_sessions,
             .recordings = recordings_,
             .files = files_,
             .events = events_},
      access_(std::move(config.access)),
      metrics_(PACKAGE_VERSION),
      router_(server, access_),
      events_(server, access_, directory_),
      event_feed_(events_, directory_, latencies_, [this] { return server_.json(); }) {
  if (runs_.possible()) metrics_.add_line(ScenarioRuns::kLine, kind_word(ScenarioKind::kOnce));
  add_session_routes(router_, parts_);
  add_record_routes(router_, parts_);
  add_action_routes(router_, parts_, pictures_);
  directory_.add(host_);
  add_room_routes(router_, parts_);
  add_caller_routes(router_, parts_);
  add_task_routes(router_, parts_);
  add_question_routes(router_, parts_);
  add_scenario_routes(router_, parts_, scenarios_, runs_);
  add_metrics_routes(
      router_, parts_,
      {.latencies = latencies_, .metrics = metrics_, .feed = metrics_feed_, .events = events_});
}

void Control::set_rooms(conference::Rooms* rooms) {
  parts_.rooms = rooms;
  host_.set_rooms(rooms);
  room_feed_.set_rooms(rooms);
}

void Control::set_tasks(TaskRuns& tasks, Scheduler& scheduler) {
  parts_.tasks = &tasks;
  parts_.scheduler = &scheduler;
  for (const auto& task : tasks.tasks()) {
    const std::string line = TaskRuns::line_of(task->settings.name);
    metrics_.add_line(line, kTaskKind);
    const gstpp::CharPtr scenario{g_path_get_basename(task->settings.file.path().c_str())};
    add_sessions(kTaskKind, scenario.get(), false, task->sessions);
  }
  tasks.add_listener([this](const TaskRun& run) {
    const EventKind kind = run.ended     ? EventKind::kTaskEnded
                           : run.started ? EventKind::kTaskStarted
                                         : EventKind::kTaskWaiting;
    if (events_.wanted(kind, run.session))
      events_.publish(kind, run.session, TaskRuns::line_of(run.task), to_json(run));
  });
}

void Control::add_line(LineView line) {
  metrics_feed_.add_line(line);
  directory_.add_line(std::move(line));
}

void Control::add_line(LineView line, SessionManager& sessions) {
  add_line(std::move(line));
  host_.add(sessions);
  sessions.add_observer(directory_);
}

void Control::add_sessions(const std::string& kind, const std::string& scenario, bool calls,
                           SessionManager& sessions) {
  host_.add(sessions);
  sessions.add_observer(*observers_.emplace_back(
      std::make_unique<SessionsOfKind>(directory_, kind, scenario, calls)));
}

}  // namespace jackfield
