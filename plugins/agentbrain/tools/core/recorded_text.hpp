// Bounds of what records of tools tell.
#pragma once

#include <cstddef>

namespace agentbrain::tools {

inline constexpr std::size_t kMostRecorded = 4096;  // bytes of arguments and of a result

}  // namespace agentbrain::tools
