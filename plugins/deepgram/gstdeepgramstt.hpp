// deepgramstt, see docs/elements/deepgramstt.md.
#pragma once

#include <gst/gst.h>

#define GST_TYPE_DEEPGRAM_STT (gst_deepgram_stt_get_type())
G_DECLARE_FINAL_TYPE(GstDeepgramStt, gst_deepgram_stt, GST, DEEPGRAM_STT, GstElement)
GST_ELEMENT_REGISTER_DECLARE(deepgramstt)
