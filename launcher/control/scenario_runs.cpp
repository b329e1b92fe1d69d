#include "control/scenario_runs.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace jackfield {

struct ScenarioRuns::Run {
  ScenarioRuns& runs;
  SessionsOfKind observer;
  SessionManager sessions;
  guint gone = 0;  // the idle source that lets go of this
};

ScenarioRuns::ScenarioRuns(Config config, SessionRegistry& registry, SessionDirectory& directory,
                           LocalSessionHost& host)
    : config_(std::move(config)), registry_(registry), directory_(directory), host_(host) {}

ScenarioRuns::~ScenarioRuns() {
  for (const auto& run : runs_) {
    if (run->gone) g_source_remove(run->gone);
    run->sessions.set_on_closed(nullptr);
    host_.remove(run->sessions);
  }
}

HostResult ScenarioRuns::can_start() const {
  if (!config_.why_not.empty()) return {SOUP_STATUS_CONFLICT, "runs-one-pipeline", config_.why_not};
  if (registry_.is_closed())
    return {SOUP_STATUS_SERVICE_UNAVAILABLE, "stopping", "the server is being stopped"};
  if (!registry_.has_room())
    return {SOUP_STATUS_SERVICE_UNAVAILABLE, "busy",
            "as many sessions run as there are places (--max-calls)"};
  return {};
}

std::string ScenarioRuns::start(const Scenario& scenario, HostResult& result) {
  result = can_start();
  if (!result.ok()) return {};
  const auto fail = [&](const std::string& why) {
    result = {SOUP_STATUS_CONFLICT, "not-started", why};
    return std::string{};
  };
  std::string error;
  auto file = PipelineFile::read(scenario.path, error);
  if (!file) return fail(error);
  // A conversation in which nobody spoke leaves no folder; anything else that was started does.
  auto run = std::unique_ptr<Run>(
      new Run{.runs = *this,
              .observer = {directory_, kind_word(ScenarioKind::kOnce), scenario.name},
              .sessions = {{.line = kLine,
                            .kind = kind_word(ScenarioKind::kOnce),
                            .file = *std::move(file),
                            .variables = config_.variables,
                            .recordings = config_.recordings,
                            .audit_log = config_.audit_log,
                            .keep_only_calls = scenario.desk,
                            .limits = {},
                            .desk = scenario.desk,
                            .callers = {}},
                           registry_}});
  SessionManager& sessions = run->sessions;
  sessions.add_observer(run->observer);
  if (config_.observe) config_.observe(sessions);
  host_.add(sessions);
  sessions.set_on_closed([this, raw = run.get()](const SessionSummary&) { over(*raw); });
  runs_.push_back(std::move(run));
  const auto session = sessions.start({}, error);
  if (session) return session->id();
  host_.remove(sessions);
  runs_.pop_back();
  return fail(error);
}

// Its sessions tell of their end from within.
void ScenarioRuns::over(Run& run) {
  host_.remove(run.sessions);
  run.gone = g_idle_add(
      [](gpointer user) -> gboolean {
        auto* gone = static_cast<Run*>(user);
        ScenarioRuns& runs = gone->runs;
        std::erase_if(runs.runs_, [&](const auto& one) { return one.get() == gone; });
        if (runs.runs_.empty() && runs.on_idle_) runs.on_idle_();
        return G_SOURCE_REMOVE;
      },
      &run);
}

void ScenarioRuns::end_all(const std::string& reason) {
  for (const auto& run : runs_) run->sessions.end_all(reason);
}

void ScenarioRuns::abort_all(const std::string& reason) {
  for (const auto& run : runs_) run->sessions.abort_all(reason);
}

}  // namespace jackfield
