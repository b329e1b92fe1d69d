// Sessions of scenarios that somebody starts by hand over the control API: each runs once, with the
// ordinary records, and takes one of the server's places. Main thread.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "control/session_directory.hpp"
#include "control/session_host.hpp"
#include "control/sessions_of_kind.hpp"
#include "scenario/session_manager.hpp"
#include "serve/call_service.hpp"

namespace jackfield {

class ScenarioRuns final : public OtherSessions {
 public:
  // The line that such sessions are of; no line of a configuration can have this name.
  static constexpr char kLine[] = "(by hand)";

  struct Config {
    std::string why_not;  // nothing can be started, for this reason; "": it can
    Variables variables;
    std::string recordings;
    std::string audit_log;  // as of a SessionManager
    std::function<void(SessionManager&)> observe;
  };
  struct Scenario {
    std::string name, path;
    bool desk = false;
  };

  ScenarioRuns(Config config, SessionRegistry& registry, SessionDirectory& directory,
               LocalSessionHost& host);
  ~ScenarioRuns() override;

  // Could anything ever be started here?
  bool possible() const { return config_.why_not.empty(); }
  // ok(), or why not now.
  HostResult can_start() const;
  // The id of the session; "" and why not.
  std::string start(const Scenario& scenario, HostResult& result);

  bool idle() const override { return runs_.empty(); }
  void end_all(const std::string& reason) override;
  void abort_all(const std::string& reason) override;
  void set_on_idle(std::function<void()> f) override { on_idle_ = std::move(f); }

 private:
  struct Run;

  void over(Run& run);

  const Config config_;
  SessionRegistry& registry_;
  SessionDirectory& directory_;
  LocalSessionHost& host_;
  std::function<void()> on_idle_;
  std::list<std::unique_ptr<Run>> runs_;
};

}  // namespace jackfield
