// The control API of a server: its routes, and what it knows of the sessions. Main thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/api_access.hpp"
#include "control/api_router.hpp"
#include "control/control_parts.hpp"
#include "control/event_feed.hpp"
#include "control/event_socket.hpp"
#include "control/graph_picture.hpp"
#include "control/metrics_feed.hpp"
#include "control/room_feed.hpp"
#include "control/scenario_catalog.hpp"
#include "control/scenario_runs.hpp"
#include "control/server_view.hpp"
#include "control/session_directory.hpp"
#include "control/session_host.hpp"
#include "control/session_meters.hpp"
#include "control/sessions_of_kind.hpp"
#include "scenario/session_manager.hpp"
#include "serve/http_server.hpp"

namespace jackfield {

class Control {
 public:
  struct Config {
    ApiAccess::Config access;
    std::size_t max_sessions = 0;
    std::string recordings;  // the folder
    ScenarioCatalog::Config scenarios;
    ScenarioRuns::Config runs;
  };

  // Adds its paths to the server. All must outlive it.
  Control(Config config, HttpServer& server, SessionRegistry& registry, const Refusals& refusals);
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // A line with its sessions, which must outlive this. Before any of them starts.
  void add_line(LineView line, SessionManager& sessions);
  // A line whose sessions are of several kinds and files, and then these. `calls`: they count as
  // calls of the line.
  void add_line(LineView line);
  void add_sessions(const std::string& kind, const std::string& scenario, bool calls,
                    SessionManager& sessions);

  // The rooms of the server's conferences, which must outlive this or be taken away with nullptr.
  void set_rooms(conference::Rooms* rooms);
  // What agents ask people; the same is true of it.
  void set_questions(people::Questions* questions) { parts_.questions = questions; }

  // The directories of callers; likewise.
  void set_callers(CallerFiles* callers) { parts_.callers = callers; }

  // The server's tasks, which must outlive this. Before the first of them starts.
  void set_tasks(TaskRuns& tasks, Scheduler& scheduler);

  SessionDirectory& directory() { return directory_; }
  ApiRouter& router() { return router_; }
  // What was started by hand.
  ScenarioRuns& runs() { return runs_; }
  // For sources of events beyond those of sessions.
  EventSocket& events() { return events_; }

 private:
  SessionDirectory directory_;
  std::vector<std::unique_ptr<SessionsOfKind>> observers_;
  LocalSessionHost host_;
  Recordings recordings_;
  FileSender files_;
  ScenarioCatalog scenarios_;
  ScenarioRuns runs_;
  ServerView server_;
  ControlParts parts_;
  ApiAccess access_;
  LatencyMonitor latencies_;
  PrometheusMetrics metrics_;
  MetricsFeed metrics_feed_{directory_, latencies_, metrics_};
  ApiRouter router_;
  EventSocket events_;
  EventFeed event_feed_;
  SessionMeters meters_{events_, directory_, host_};
  RoomFeed room_feed_{events_, directory_, host_};
  GraphPicture pictures_;
};

}  // namespace jackfield
