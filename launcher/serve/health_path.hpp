// /healthz: for those who watch whether a process is well. Open to everybody. Main thread.
#pragma once

#include "scenario/session_registry.hpp"
#include "serve/http_server.hpp"

namespace jackfield {

// The registry must outlive the server. 200 while calls are taken, 503 when the process stops.
void add_health_path(HttpServer& server, const SessionRegistry& registry);

}  // namespace jackfield
