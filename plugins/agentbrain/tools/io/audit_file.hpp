// Appends lines to a file that several processes write. Blocks as long as the disk does.
#pragma once

#include <string>
#include <string_view>

namespace agentbrain::tools {

// Opens the file anew for each line, so that one that was renamed away is followed by a new one;
// only its owner may read and write a new one. `line` ends with a line feed and is written whole,
// or not at all: what a full disk leaves of it stands on a line of its own. Returns what is wrong,
// "" nothing.
std::string append_line(const std::string& path, std::string_view line);

}  // namespace agentbrain::tools
