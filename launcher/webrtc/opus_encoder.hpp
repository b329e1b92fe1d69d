// What is asked of the Opus encoder in a pipeline file, whichever of the two it is.
#pragma once

#include <gst/gst.h>

namespace jackfield::webrtc {

inline bool is_opus_encoder(GstElement* element) {
  GstElementFactory* factory = gst_element_get_factory(element);
  return factory && (g_str_equal(GST_OBJECT_NAME(factory), "opusenc") ||
                     g_str_equal(GST_OBJECT_NAME(factory), "sharedopusenc"));
}

// Sound in a packet, in ms.
inline double packet_length_of(GstElement* encoder) {
  gint length = 0;
  // An enumeration whose values are the length in ms; 2 for 2.5.
  g_object_get(encoder, "frame-size", &length, nullptr);
  return length == 2 ? 2.5 : length;
}

}  // namespace jackfield::webrtc
