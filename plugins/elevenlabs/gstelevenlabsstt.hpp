// elevenlabsstt, see docs/elements/elevenlabsstt.md.
#pragma once

#include <gst/gst.h>

#define GST_TYPE_ELEVENLABS_STT (gst_elevenlabs_stt_get_type())
G_DECLARE_FINAL_TYPE(GstElevenlabsStt, gst_elevenlabs_stt, GST, ELEVENLABS_STT, GstElement)
GST_ELEMENT_REGISTER_DECLARE(elevenlabsstt)
