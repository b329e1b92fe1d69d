// /healthz, for those who watch whether a process is well, and /readyz, for those who send it
// calls. Open to everybody. Main thread.
#pragma once

#include "scenario/session_registry.hpp"
#include "serve/http_server.hpp"

namespace jackfield {

// The registry must outlive the server. /healthz: 200, 503 when the process stops. /readyz: 200
// while calls are taken, 503 when it stops or is full.
void add_health_paths(HttpServer& server, const SessionRegistry& registry);

}  // namespace jackfield
