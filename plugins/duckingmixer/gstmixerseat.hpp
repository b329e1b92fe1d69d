#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_MIXER_SEAT (gst_mixer_seat_get_type())
G_DECLARE_FINAL_TYPE(GstMixerSeat, gst_mixer_seat, GST, MIXER_SEAT, GstElement)

GST_ELEMENT_REGISTER_DECLARE(mixerseat)

G_END_DECLS
