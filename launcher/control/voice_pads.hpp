// Where the two voices of a call pass: the caller's where it comes in, the agent's where it goes
// out. Any thread; looks at the pipeline as it is at this moment.
#pragma once

#include <gst/gst.h>

#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

struct VoicePads {
  // The first is where the voice is measured; what passes any of them is all that is heard of it,
  // and recorded. Empty: there is no such voice.
  std::vector<gstpp::PadPtr> caller, agent;
};

// The caller: twiliosrc; what a webrtcbin gives, behind its decoder (adaptivejitter); a capture
// device, or another source of audio; else what agentbrain and a recorder's `caller` pad are given.
// The agent: twiliosink; what goes into a webrtcbin, before it is encoded; a playback device, or
// another sink for audio; each with the recorder's `agent` pad; else what agentbrain gives.
VoicePads find_voice_pads(GstElement* pipeline);

}  // namespace jackfield
