// agentloop: an agent that works by itself. See docs/elements/agentloop.md.
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS
#define GST_TYPE_AGENT_LOOP (gst_agent_loop_get_type())
G_DECLARE_FINAL_TYPE(GstAgentLoop, gst_agent_loop, GST, AGENT_LOOP, GstBin)
GST_ELEMENT_REGISTER_DECLARE(agentloop)
G_END_DECLS
