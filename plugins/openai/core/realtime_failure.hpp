// What failures of the Realtime service mean, and what an operator can do about them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "service_error.hpp"

namespace openai::realtime {

// Of a connection that was refused (`http_status`), closed (`close_code`, and the service's
// `details`) or lost. `text`: for a person. `retryable`: another attempt makes sense as far as the
// connection itself tells.
ServiceError connection_failure(int http_status, std::string_view text, std::string_view details,
                                bool retryable);

// Of an error event, or of a response that failed. `code` may be a type.
ServiceError event_failure(std::string_view code, std::string_view message);

// What the operator can do; "": nothing but wait.
std::string_view remedy(const ServiceError& error);
// The text of the error with its remedy.
std::string explained(const ServiceError& error);

}  // namespace openai::realtime
