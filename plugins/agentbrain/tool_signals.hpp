// The signals of an element whose model may call functions of the application: agentbrain and
// agentloop.
#pragma once

#include <gst/gst.h>

namespace agentbrain {

// tool-call, which AgentTools emits, and the action signal tool-result, which calls `tool_result`:
// that answers a call, and is false when nobody waits for it (any more). Any thread.
void install_tool_signals(GObjectClass* klass,
                          gboolean (*tool_result)(GstElement* element, const gchar* call_id,
                                                  const gchar* output));

}  // namespace agentbrain
