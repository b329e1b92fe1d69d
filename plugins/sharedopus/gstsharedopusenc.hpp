#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_SHARED_OPUS_ENC (gst_shared_opus_enc_get_type())
G_DECLARE_FINAL_TYPE(GstSharedOpusEnc, gst_shared_opus_enc, GST, SHARED_OPUS_ENC, GstElement)

GST_ELEMENT_REGISTER_DECLARE(sharedopusenc)

G_END_DECLS
