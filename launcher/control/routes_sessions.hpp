// The routes about sessions, lines and the server itself. Main thread.
#pragma once

#include "control/control_parts.hpp"

namespace jackfield {

// SERVER of docs/control-api.md.
JsonObjectPtr server_json(const ControlParts& parts);

// `parts` must outlive the router.
void add_session_routes(ApiRouter& router, ControlParts& parts);

}  // namespace jackfield
