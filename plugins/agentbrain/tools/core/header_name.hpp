// Names of HTTP headers (RFC 9110 section 5.1). Pure; any thread.
#pragma once

#include <string_view>

namespace agentbrain::tools {

bool is_header_name(std::string_view name);
// The case of letters does not matter.
bool same_header_name(std::string_view one, std::string_view other);

}  // namespace agentbrain::tools
