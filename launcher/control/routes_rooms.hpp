// Rooms of conferences: who sits there, and what can be done to them.
#pragma once

#include "control/api_router.hpp"
#include "control/control_parts.hpp"

namespace jackfield {

// `parts` must outlive the router.
void add_room_routes(ApiRouter& router, ControlParts& parts);

}  // namespace jackfield
