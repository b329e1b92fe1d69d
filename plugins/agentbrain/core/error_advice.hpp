// What an operator can do about the failure of a service. Pure.
#pragma once

#include <string_view>

namespace agentbrain {

// `cause` of an element's "/error" message (docs/events-and-messages.md); "" where the element's own
// text says it, and for causes of a service's own.
std::string_view error_advice(std::string_view cause);

}  // namespace agentbrain
