// The servers that the signalling names, as webrtcbin wants them. Pure.
#pragma once

#include <string_view>

#include "webrtc/core/ice_servers.hpp"

namespace jackfield::webrtc {

// A JSON array of RTCIceServer (WebRTC 1.0, section 4.2.4). Those that cannot be used are left out.
IceServers read_rtc_ice_servers(std::string_view json);

}  // namespace jackfield::webrtc
