// A call of the signalling on a session of its own: one pipeline with one webrtcbin. Main thread.
#pragma once

#include <memory>

#include "scenario/session_manager.hpp"
#include "webrtc/signal_call.hpp"
#include "webrtc/webrtc_peer.hpp"

namespace jackfield::webrtc {

// The session starts with the first good offer (or with start_offer()), not before: a peer that
// says nothing, or nonsense, costs no pipeline. `sessions` and `peer` outlive the call, or the
// call's end.
std::unique_ptr<OfferingCall> make_webrtc_call(SessionManager& sessions, PeerSettings settings,
                                               CallRequest request, SignalPeer& peer);

}  // namespace jackfield::webrtc
