#pragma once

#include <gst/gst.h>

#define GST_TYPE_TWILIO_SINK (gst_twilio_sink_get_type())
G_DECLARE_FINAL_TYPE(GstTwilioSink, gst_twilio_sink, GST, TWILIO_SINK, GstElement)
GST_ELEMENT_REGISTER_DECLARE(twiliosink)
