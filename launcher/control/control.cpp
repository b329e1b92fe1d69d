#include "control/control.hpp"

#include <utility>

#include "control/routes_sessions.hpp"

namespace jackfield {

Control::Control(Config config, HttpServer& server, const SessionRegistry& registry,
                 const Refusals& refusals)
    : parts_{.directory = directory_,
             .host = host_,
             .registry = registry,
             .refusals = refusals,
             .max_sessions = config.max_sessions,
             .recordings = std::move(config.recordings),
             .started_at = g_get_real_time()},
      access_(std::move(config.access)),
      router_(server, access_) {
  add_session_routes(router_, parts_);
}

void Control::add_line(LineView line, SessionManager& sessions) {
  directory_.add_line(std::move(line));
  host_.add(sessions);
  sessions.add_observer(directory_);
}

}  // namespace jackfield
