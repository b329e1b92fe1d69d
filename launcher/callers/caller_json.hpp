// What a directory knows of a caller, as JSON: of the control API and of `jackfield callers`.
#pragma once

#include "caller.hpp"
#include "records/message_json.hpp"

namespace jackfield {

// `notes`: with them; otherwise their number only.
JsonObjectPtr caller_json(const callers::Caller& caller, bool notes);

}  // namespace jackfield
