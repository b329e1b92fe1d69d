#include "tool_messages.hpp"

namespace agentbrain {

using tools::ToolAction;

GstStructure* tool_call_message(const std::string& prefix, const ToolAction& announced) {
  return gst_structure_new((prefix + "/tool-call").c_str(), "turn-id", G_TYPE_UINT, announced.turn,
                           "call-id", G_TYPE_STRING, announced.call_id.c_str(), "server",
                           G_TYPE_STRING, announced.server_name.c_str(), "name", G_TYPE_STRING,
                           announced.function.c_str(), "arguments", G_TYPE_STRING,
                           announced.arguments.c_str(), nullptr);
}

GstStructure* tool_result_message(const std::string& prefix, const ToolAction& report) {
  return gst_structure_new(
      (prefix + "/tool-result").c_str(), "turn-id", G_TYPE_UINT, report.turn, "call-id",
      G_TYPE_STRING, report.call_id.c_str(), "server", G_TYPE_STRING, report.server_name.c_str(),
      "name", G_TYPE_STRING, report.function.c_str(), "outcome", G_TYPE_STRING,
      report.outcome.c_str(), "duration", G_TYPE_UINT64, report.duration, "bytes", G_TYPE_UINT64,
      static_cast<guint64>(report.bytes), "text", G_TYPE_STRING, report.text.c_str(), "background",
      G_TYPE_BOOLEAN, static_cast<gboolean>(report.background), nullptr);
}

GstStructure* tool_server_message(const std::string& prefix, const std::string& server,
                                  const tools::McpServerState& state, const std::string& text) {
  return gst_structure_new(
      (prefix + "/tool-server").c_str(), "server", G_TYPE_STRING, server.c_str(), "ready",
      G_TYPE_BOOLEAN, static_cast<gboolean>(state.ready), "tools", G_TYPE_UINT,
      static_cast<guint>(state.tools.size()), "unusable", G_TYPE_UINT,
      static_cast<guint>(state.dropped), "text", G_TYPE_STRING, text.c_str(), nullptr);
}

void add_tool_stats(GstStructure* stats, const tools::ToolRunner::Stats& counted,
                    std::size_t functions) {
  gst_structure_set(stats, "tool-calls", G_TYPE_UINT64, counted.calls, "tool-failures",
                    G_TYPE_UINT64, counted.failed, "tool-time-outs", G_TYPE_UINT64,
                    counted.timed_out, "tool-cancelled", G_TYPE_UINT64, counted.cancelled,
                    "tool-refused", G_TYPE_UINT64, counted.refused, "tool-unaudited", G_TYPE_UINT64,
                    counted.unaudited, "tools", G_TYPE_UINT, static_cast<guint>(functions),
                    nullptr);
}

}  // namespace agentbrain
