#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_POCKETSPHINX_STT (gst_pocketsphinx_stt_get_type())
G_DECLARE_FINAL_TYPE(GstPocketsphinxStt, gst_pocketsphinx_stt, GST, POCKETSPHINX_STT, GstElement)
GST_ELEMENT_REGISTER_DECLARE(pocketsphinxstt)

G_END_DECLS
