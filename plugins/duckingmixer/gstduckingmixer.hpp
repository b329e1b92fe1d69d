#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DUCKING_MIXER (gst_ducking_mixer_get_type())
G_DECLARE_FINAL_TYPE(GstDuckingMixer, gst_ducking_mixer, GST, DUCKING_MIXER, GstElement)

GST_ELEMENT_REGISTER_DECLARE(duckingmixer)

G_END_DECLS
