// What an agent posts about its tools, and counts. Any thread.
#pragma once

#include <gst/gst.h>

#include <cstddef>
#include <string>

#include "mcp_server.hpp"
#include "tool_runner.hpp"

namespace agentbrain {

// `prefix`: what stands before the slash in the names of the messages.
GstStructure* tool_call_message(const std::string& prefix, const tools::ToolAction& announced);
GstStructure* tool_result_message(const std::string& prefix, const tools::ToolAction& report);
// `text`: of the state, without secrets.
GstStructure* tool_server_message(const std::string& prefix, const std::string& server,
                                  const tools::McpServerState& state, const std::string& text);

void add_tool_stats(GstStructure* stats, const tools::ToolRunner::Stats& counted,
                    std::size_t functions);

}  // namespace agentbrain
