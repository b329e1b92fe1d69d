// What ICE says in the middle of a session over HTTP: the fragment of a description that trickles
// candidates, or restarts ICE (application/trickle-ice-sdpfrag, RFC 8840 section 9, RFC 9725
// section 4.3). Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "webrtc/core/audio_description.hpp"

namespace jackfield::webrtc {

struct SdpFragment {
  std::string ufrag, password;          // "" when it says nothing of them
  std::vector<std::string> candidates;  // "candidate:...", those that may be given to ICE
  bool end_of_candidates = false;
};

// All goes over one transport, so candidates count whatever line they stand at. At most
// kMaxCandidates of them. On failure what is wrong with it, for people.
std::variant<SdpFragment, std::string> read_fragment(std::string_view text);

// What ICE says in a description of ours.
std::string write_fragment(const SessionDescription& description);

}  // namespace jackfield::webrtc
