#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_RTP_PASSTHROUGH (gst_rtp_passthrough_get_type())
G_DECLARE_FINAL_TYPE(GstRtpPassthrough, gst_rtp_passthrough, GST, RTP_PASSTHROUGH, GstElement)

GST_ELEMENT_REGISTER_DECLARE(rtppassthrough)

G_END_DECLS
