// What ICE (RFC 8839) writes into descriptions: credentials and candidates. Pure.
#pragma once

#include <string_view>

namespace jackfield::webrtc {

// Long enough, and nothing in them that has no place there (RFC 8839, section 5.4).
bool usable_ice_credentials(std::string_view ufrag, std::string_view password);

// A candidate line ("candidate:...", with or without "a=") that may be given to ICE: well formed,
// with an address or an mDNS name. Any other name would have us ask the DNS for whatever a peer
// writes.
bool usable_candidate(std::string_view candidate);

}  // namespace jackfield::webrtc
