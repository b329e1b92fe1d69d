// openaistt with api=realtime: what StreamingStt needs to know of the Realtime API.
#pragma once

#include "streaming_stt.hpp"
#include "stt_settings.hpp"

namespace openai {

// Whether these settings mean transcription over the Realtime socket.
bool is_live(const SttSettings& set);

jackfield::StreamingStt::Setup make_live_setup(const SttSettings& set, const Service& service);

}  // namespace openai
