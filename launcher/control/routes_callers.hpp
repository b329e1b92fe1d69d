// The routes about directories of callers: who is known, changing and forgetting them. Main thread.
#pragma once

#include "control/control_parts.hpp"

namespace jackfield {

// Must outlive the router.
void add_caller_routes(ApiRouter& router, ControlParts& parts);

}  // namespace jackfield
