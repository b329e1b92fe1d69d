// sttport (private to agentbrain): audio -> audio before the STT stage. A failing STT stage must
// not end the caller's stream; what the stage says upstream is heard here.
#pragma once

#include <gst/gst.h>

#include "gate_listener.hpp"

G_BEGIN_DECLS
#define GST_TYPE_STT_PORT (gst_stt_port_get_type())
G_DECLARE_FINAL_TYPE(GstSttPort, gst_stt_port, GST, STT_PORT, GstElement)
G_END_DECLS

// `listener` must outlive the element's streaming; set it in NULL.
void gst_stt_port_connect(GstSttPort* self, agentbrain::SttPortListener* listener);
// Buffers the STT stage did not take. Any thread.
guint64 gst_stt_port_refused(GstSttPort* self);
