// A peer that may listen and not talk.
#pragma once

#include <gst/gst.h>

namespace jackfield::webrtc {

// Nothing that comes from the peer leaves this webrtcbin, whatever the descriptions say. Before the
// pipeline plays.
void drop_incoming(GstElement* webrtcbin);

}  // namespace jackfield::webrtc
