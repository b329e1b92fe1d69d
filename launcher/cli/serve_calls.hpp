// `jackfield run` with lines that serve calls: who may reach them, and the time they serve.
#pragma once

#include <functional>
#include <vector>

#include "cli/call_secrets.hpp"
#include "cli/lines.hpp"
#include "cli/run_options.hpp"
#include "records/event_log.hpp"
#include "scenario/session_manager.hpp"

namespace jackfield::cli {

// `observe` adds observers to a line's sessions. The exit code.
int serve_calls(const RunOptions& options, const CallSecrets& secrets, const Lines& all,
                EventLog& events, const std::function<void(SessionManager&)>& observe);

}  // namespace jackfield::cli
