// Questions that agents have asked people: what is open, and answers to it.
#pragma once

#include "control/api_router.hpp"
#include "control/control_parts.hpp"

namespace jackfield {

// `parts` must outlive the router.
void add_question_routes(ApiRouter& router, ControlParts& parts);

}  // namespace jackfield
