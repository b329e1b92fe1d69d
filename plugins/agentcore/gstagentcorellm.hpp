// The element "agentcorellm".
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_AGENT_CORE_LLM (gst_agent_core_llm_get_type())
G_DECLARE_FINAL_TYPE(GstAgentCoreLlm, gst_agent_core_llm, GST, AGENT_CORE_LLM, GstElement)
GST_ELEMENT_REGISTER_DECLARE(agentcorellm)

G_END_DECLS
