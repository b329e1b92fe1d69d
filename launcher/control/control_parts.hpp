// What the routes of the control API work with.
#pragma once

#include "callers/caller_files.hpp"
#include "conference/rooms.hpp"
#include "control/api_router.hpp"
#include "control/event_socket.hpp"
#include "control/file_sender.hpp"
#include "control/recordings.hpp"
#include "control/server_view.hpp"
#include "control/session_directory.hpp"
#include "control/session_host.hpp"
#include "people/questions.hpp"
#include "scenario/session_registry.hpp"
#include "schedule/scheduler.hpp"
#include "serve/core/refusals.hpp"

namespace jackfield {

struct ControlParts {
  SessionDirectory& directory;
  LocalSessionHost& host;
  const ServerView& server;
  const SessionRegistry& registry;  // of all lines
  const Refusals& refusals;
  std::size_t max_sessions = 0;
  Recordings& recordings;
  FileSender& files;
  EventSocket& events;
  conference::Rooms* rooms = nullptr;  // of a server that has any
  CallerFiles* callers = nullptr;      // likewise
  // The same: both, or none.
  TaskRuns* tasks = nullptr;
  Scheduler* scheduler = nullptr;
  people::Questions* questions = nullptr;  // of agents that run
};

}  // namespace jackfield
