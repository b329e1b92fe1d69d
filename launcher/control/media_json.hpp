// `media` of the API: how long the sound of a call over WebRTC is on its way. Pure.
#pragma once

#include "records/message_json.hpp"

namespace jackfield {

// `latency`: a `webrtc/latency` message as JSON (docs/events-and-messages.md), times in ns. Gives
// {"incoming":WAY,"outgoing":WAY}, WAY {"total","assumed","parts":[{"name","ms","origin",
// "budget-min","budget-max"}]}, all in ms. Members of other kinds are left out: it may come from a
// file that somebody changed.
JsonObjectPtr media_json(JsonObject* latency);

}  // namespace jackfield
