#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_OPEN_AI_LLM (gst_open_ai_llm_get_type())
G_DECLARE_FINAL_TYPE(GstOpenAiLlm, gst_open_ai_llm, GST, OPEN_AI_LLM, GstElement)

GST_ELEMENT_REGISTER_DECLARE(openaillm)

G_END_DECLS
