// Can anything below a pad block its pusher? A source that pushes from an I/O thread shared by many
// calls must know before it does.
//
// An element whose sink pad never blocks (it only appends to a queue, or drops) says so by
// answering the custom query "VoiceNeverBlocks" itself: call answer_never_blocks() from its sink
// pad's query function. All other elements need no code: the walk follows their pads downstream,
// every branch of a tee included, and a sink that does not answer counts as blocking.
#pragma once

#include <gst/gst.h>

#include "export.hpp"

namespace jackfield {

// True when `query` was the question; it is then answered in the name of `element`.
JACKFIELD_API bool answer_never_blocks(GstQuery* query, GstElement* element);

// Walks downstream of a linked src pad. Any thread; takes object locks only.
JACKFIELD_API bool downstream_never_blocks(GstPad* src_pad);

}  // namespace jackfield
