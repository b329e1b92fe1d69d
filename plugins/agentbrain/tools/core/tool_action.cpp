#include "tool_action.hpp"

namespace agentbrain::tools {

AuditEntry audit_entry(const ToolAction& action) {
  return {.event = action.event,
          .call_id = action.call_id,
          .turn = action.turn,
          .server = action.server_name,
          .tool = action.tool,
          .arguments = action.arguments,
          .reason = action.text,
          .outcome = action.outcome,
          .duration = action.duration,
          .bytes = action.bytes,
          .background = action.background,
          .confirmed = action.confirmed};
}

}  // namespace agentbrain::tools
