// What a tool answered, as a language model is told it. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "json_reader.hpp"

namespace agentbrain::tools {

struct ToolResult {
  std::string text;
  bool error = false;  // the tool says so
};

// The `result` of tools/call: texts one below the other; the structured content when there are
// none; of pictures and sounds only what they are.
ToolResult read_tool_result(const jackfield::JsonValue& result);

// At most `max_bytes` of it, with a mark of how much was cut. Broken UTF-8 and NUL become U+FFFD.
std::string cut_result(std::string_view text, std::size_t max_bytes);

}  // namespace agentbrain::tools
