// The structure in the property `stats` of adaptivejitter.
#pragma once

#include <gst/gst.h>

#include "jitter_buffer.hpp"

namespace jitter {

// `buffer`: nullptr when there is none yet. `frame_work_ns`: mean time that a frame of the output
// took to make. The caller owns what is returned.
GstStructure* make_stats(const JitterBuffer* buffer, double frame_work_ns);

}  // namespace jitter
