// `jackfield run` with a scenario that serves calls: who may reach it, and the time it serves.
#pragma once

#include <string>

#include "cli/run_options.hpp"
#include "records/event_log.hpp"
#include "scenario/session_manager.hpp"
#include "text/secret.hpp"

namespace jackfield::cli {

// `auth_token`: Twilio's, "" when there is none. The exit code.
int serve_calls(const RunOptions& options, Secret auth_token, SessionManager& sessions,
                SessionRegistry& registry, EventLog& events);

}  // namespace jackfield::cli
