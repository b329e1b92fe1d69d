// The file of tools from the disk, and the regular expressions in it.
#pragma once

#include <string>

#include "json_schema.hpp"
#include "tools_file.hpp"

namespace agentbrain {

// Reads the file. Throws std::runtime_error whose text names file, line, column and member.
tools::ToolsFile load_tools_file(const std::string& path);

// Keeps expressions that were used lately. One thread at a time.
tools::PatternMatcher pattern_matcher();

}  // namespace agentbrain
