// The routes about what was recorded: of sessions that run, and of those that are over, which can
// be deleted. Main thread.
#pragma once

#include "control/control_parts.hpp"

namespace jackfield {

// `parts` must outlive the router.
void add_record_routes(ApiRouter& router, ControlParts& parts);

}  // namespace jackfield
