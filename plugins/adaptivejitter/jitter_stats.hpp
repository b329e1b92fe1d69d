// The structure in the property `stats` of adaptivejitter.
#pragma once

#include <gst/gst.h>

#include "jitter_buffer.hpp"

namespace jitter {

// `rate`: samples a second. `p95_ns`: the delay that was not exceeded in 95 % of the time.
// `frame_work_ns`: mean time that a frame of the output took to make. The caller owns what is
// returned.
GstStructure* make_stats(const Statistics& statistics, int rate, double p95_ns,
                         double frame_work_ns);

}  // namespace jitter
