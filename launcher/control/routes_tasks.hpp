// The routes about tasks: what there is, starting one, its runs, and when they are started by
// themselves. Main thread.
#pragma once

#include "control/control_parts.hpp"

namespace jackfield {

// `parts` must outlive the router.
void add_task_routes(ApiRouter& router, const ControlParts& parts);

}  // namespace jackfield
