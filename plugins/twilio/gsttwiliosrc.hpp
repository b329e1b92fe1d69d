#pragma once

#include <gst/gst.h>

#include <memory>

namespace twilio {
class Call;
}

#define GST_TYPE_TWILIO_SRC (gst_twilio_src_get_type())
G_DECLARE_FINAL_TYPE(GstTwilioSrc, gst_twilio_src, GST, TWILIO_SRC, GstElement)
GST_ELEMENT_REGISTER_DECLARE(twiliosrc)

// The call of this run of the element (from READY to READY), made when first asked for.
std::shared_ptr<twilio::Call> gst_twilio_src_get_call(GstTwilioSrc* self);
