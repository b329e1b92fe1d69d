// Makes a session of a scenario when asked, keeps its records, and tells observers. Main thread.
#pragma once

#include <gio/gio.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "records/call_record.hpp"
#include "scenario/agent_callers.hpp"
#include "scenario/call_observer.hpp"
#include "scenario/core/session_limits.hpp"
#include "scenario/pipeline_file.hpp"
#include "scenario/session.hpp"
#include "scenario/session_registry.hpp"

namespace jackfield {

// What a session is started with; all of it is optional. The functions are let go when it is gone.
struct SessionSetup {
  // Of a phone call, for its twiliosrc.
  gstpp::GObjectPtr<GIOStream> connection;
  // Kept until the call begins, or the session ends.
  std::shared_ptr<void> until_call;
  // What it works on, for its records.
  std::optional<CallRecord::Task> task;
  // Sets the pipeline up before it plays; false and a reason when it does not fit.
  std::function<bool(GstElement* pipeline, std::string& error)> prepare;
  // Who calls, when that is known before the call begins and somebody vouches for it; "": nobody.
  std::optional<std::string> caller;
  // See Session::set_send_eos and set_on_stop.
  std::function<void()> send_eos, on_stop;
  std::function<void()> on_running;
  std::function<void(const GstStructure& message)> on_message;
  // The pipeline is gone; the records may still be written.
  std::function<void(const std::string& reason)> on_ended;
};

// The file for what tools do, by the setting: "" is tools.jsonl beside the recordings, "none" none,
// for which "" is given.
std::string audit_log_path(const std::string& setting, const std::string& recordings);

class SessionManager final : private SessionListener {
 public:
  struct Config {
    std::string line;  // the name of what is called
    std::string kind;  // "phone", "browser", "once", "task"
    PipelineFile file;
    Variables variables;
    std::string recordings;  // folder in which each session gets one
    // See audit_log_path().
    std::string audit_log{};
    // A session is only worth keeping when a call began in it (a socket alone is not).
    bool keep_only_calls = false;
    SessionLimits limits;
    // Conversations at a desk: nothing is recorded until somebody speaks, however long that takes,
    // and the agent's goodbye ends the session, for no line is hung up.
    bool desk = false;
    std::string callers;  // the directory, for agents that name none; "": none
  };
  // Is a call that reports these parameters one of ours? Not asked when empty.
  using CallCheck = std::function<bool(const CallStarted&)>;
  // Who calls, of a call that was checked; "" when nobody vouches for it.
  using CallerOf = std::function<std::string(const CallStarted&)>;

  SessionManager(Config config, SessionRegistry& registry);
  ~SessionManager() override;

  void add_observer(CallObserver& observer) { observers_.push_back(&observer); }
  void set_call_check(CallCheck check) { call_check_ = std::move(check); }
  void set_caller_of(CallerOf caller_of) { caller_of_ = std::move(caller_of); }
  // Called when a session is gone and its records are written.
  void set_on_closed(std::function<void(const SessionSummary&)> f) { on_closed_ = std::move(f); }

  // Called for a session in which no call began in time; it is stopped.
  void set_on_no_call(std::function<void()> f) { on_no_call_ = std::move(f); }

  // Starts a session. nullptr and a reason when there is no room or the pipeline cannot be built.
  std::shared_ptr<Session> start(SessionSetup setup, std::string& error);
  bool start(gstpp::GObjectPtr<GIOStream> connection, std::shared_ptr<void> until_call,
             std::string& error) {
    return start({.connection = std::move(connection), .until_call = std::move(until_call)},
                 error) != nullptr;
  }
  bool has_room() const { return registry_.has_room(); }
  // nullptr when there is none of this id.
  std::shared_ptr<Session> find(std::string_view id) const;
  // All sessions: let them finish in order, or stop at once.
  void end_all(const std::string& reason);
  void abort_all(const std::string& reason);

  // Sessions that run, and those whose records are still being written.
  bool idle() const { return entries_.empty() && writing_ == 0; }

 private:
  struct Entry {
    std::shared_ptr<Session> session;
    std::unique_ptr<CallRecord> record;
    bool was_call = false;
    std::int64_t opened = 0;  // monotonic, ns
    std::optional<std::int64_t> call_began;
    SessionSetup setup;
    AgentCallers agents;
    bool waiting = false;  // for a voice; the recorders of the pipeline are told when it comes
  };

  void session_running(Session& session) override;
  void session_ending(Session& session) override;
  void session_message(Session& session, const GstStructure& message, GstClockTime now) override;
  void session_warning(Session& session, const std::string& text) override;
  void session_error(Session& session, const std::string& text, const std::string& dot) override;
  void session_ended(Session& session) override;
  void write_records(std::unique_ptr<CallRecord> record, SessionSummary summary);
  void closed(const SessionSummary& summary);
  void enforce_limits();

  Config config_;
  const std::string audit_log_;
  SessionRegistry& registry_;
  CallCheck call_check_;
  CallerOf caller_of_;
  std::function<void(const SessionSummary&)> on_closed_;
  std::vector<CallObserver*> observers_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::size_t writing_ = 0;
  std::function<void()> on_no_call_;
  guint tick_ = 0;
  GThreadPool* writers_ = nullptr;  // one thread: pictures of long calls take a while
};

}  // namespace jackfield
