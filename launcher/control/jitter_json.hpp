// The event `jitter`: what the jitter buffer of a call does.
#pragma once

#include <cstdint>

#include "records/message_json.hpp"

namespace jackfield {

// Of the last look at a buffer.
struct JitterSeen {
  std::uint64_t samples = 0, concealed = 0;
};

// `stats`: of an adaptivejitter (docs/elements/adaptivejitter.md). `concealed-percent` counts from
// what was `seen` the last time, and is left out when nothing was played since; `seen` becomes what
// there is now.
JsonObjectPtr jitter_json(const GstStructure& stats, JitterSeen& seen);

}  // namespace jackfield
