// elevenlabstts, see docs/elements/elevenlabstts.md.
#pragma once

#include <gst/gst.h>

#define GST_TYPE_ELEVENLABS_TTS (gst_elevenlabs_tts_get_type())
G_DECLARE_FINAL_TYPE(GstElevenlabsTts, gst_elevenlabs_tts, GST, ELEVENLABS_TTS, GstElement)
GST_ELEMENT_REGISTER_DECLARE(elevenlabstts)
