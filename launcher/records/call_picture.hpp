// The picture of a recorded call, from its recording and what its elements reported.
#pragma once

#include <string>
#include <vector>

#include "records/core/call_events.hpp"

namespace jackfield {

struct PictureInput {
  std::string recording;  // a WAV file
  std::string title, subtitle;
  std::uint64_t recording_start = 0;  // running time of the first sample
  std::vector<CallerSaid> caller;
  std::vector<AgentSaid> agent;
  std::vector<TurnLatency> turns;
  std::vector<Interrupted> interruptions;
};

// The SVG; "" and a reason when the recording cannot be read. Takes a while for a long call.
std::string picture_of_call(const PictureInput& input, std::string& error);

}  // namespace jackfield
