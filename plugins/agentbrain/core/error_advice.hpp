// What an operator can do about the failure of a service. Pure.
#pragma once

#include <string_view>

namespace agentbrain {

// `cause` and `text` of an element's "/error" message (docs/events-and-messages.md); "" where the
// text says it already, and for causes of a service's own.
std::string_view error_advice(std::string_view cause, std::string_view text = {});

}  // namespace agentbrain
