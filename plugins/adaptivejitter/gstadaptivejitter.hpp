#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_ADAPTIVE_JITTER (gst_adaptive_jitter_get_type())
G_DECLARE_FINAL_TYPE(GstAdaptiveJitter, gst_adaptive_jitter, GST, ADAPTIVE_JITTER, GstElement)

GST_ELEMENT_REGISTER_DECLARE(adaptivejitter)

G_END_DECLS
