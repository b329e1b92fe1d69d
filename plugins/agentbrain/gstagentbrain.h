#pragma once

#include <gst/gst.h>

#define GST_TYPE_AGENT_BRAIN (gst_agent_brain_get_type())
G_DECLARE_FINAL_TYPE(GstAgentBrain, gst_agent_brain, GST, AGENT_BRAIN, GstBin)
GST_ELEMENT_REGISTER_DECLARE(agentbrain)
