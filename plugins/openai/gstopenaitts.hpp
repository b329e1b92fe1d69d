#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_OPEN_AI_TTS (gst_open_ai_tts_get_type())
G_DECLARE_FINAL_TYPE(GstOpenAiTts, gst_open_ai_tts, GST, OPEN_AI_TTS, GstElement)

GST_ELEMENT_REGISTER_DECLARE(openaitts)

G_END_DECLS
