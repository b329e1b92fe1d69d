// Mute, gain, typed text, and the graph of a session's pipeline.
#pragma once

#include "control/api_router.hpp"
#include "control/control_parts.hpp"
#include "control/graph_picture.hpp"

namespace jackfield {

// All must outlive the router's use.
void add_action_routes(ApiRouter& router, ControlParts& parts, GraphPicture& pictures);

}  // namespace jackfield
