// A waveform for the control API. Pure.
#pragma once

#include <span>
#include <string>

#include "records/waveform.hpp"

namespace jackfield {

// {"seconds":1.5,"channels":[{"name":"caller","low":[-0.1234,…],"high":[…]},{"name":"agent",…}]},
// values from -1 to 1. One channel is the caller's.
std::string waveform_json(double seconds, std::span<const Envelope> channels);

}  // namespace jackfield
