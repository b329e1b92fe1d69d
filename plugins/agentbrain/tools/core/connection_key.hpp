// Which servers of tools can be one. Pure; any thread.
#pragma once

#include <string>

#include "tools_file.hpp"

namespace agentbrain::tools {

// The same for settings that can have one connection. It holds secrets: not for logs.
std::string connection_key(const ServerSettings& settings);

}  // namespace agentbrain::tools
