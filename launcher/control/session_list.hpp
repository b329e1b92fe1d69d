// GET /api/v1/sessions: those that run, then those that are over, newest first, in pages. Main
// thread.
#pragma once

#include <optional>
#include <string>

#include "control/api_router.hpp"
#include "control/control_parts.hpp"

namespace jackfield {

void answer_session_list(const ApiRequest& request, const ControlParts& parts,
                         const ApiAnswerPtr& answer);

}  // namespace jackfield
