#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_OPEN_AI_STT (gst_open_ai_stt_get_type())
G_DECLARE_FINAL_TYPE(GstOpenAiStt, gst_open_ai_stt, GST, OPEN_AI_STT, GstElement)

GST_ELEMENT_REGISTER_DECLARE(openaistt)

G_END_DECLS
