// The routes about sessions, lines and the server itself. Main thread.
#pragma once

#include "control/control_parts.hpp"

namespace jackfield {

// `parts` must outlive the router.
void add_session_routes(ApiRouter& router, const ControlParts& parts);

}  // namespace jackfield
