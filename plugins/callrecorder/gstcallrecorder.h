#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_CALL_RECORDER (gst_call_recorder_get_type())
G_DECLARE_FINAL_TYPE(GstCallRecorder, gst_call_recorder, GST, CALL_RECORDER, GstBin)

GST_ELEMENT_REGISTER_DECLARE(callrecorder)

G_END_DECLS
