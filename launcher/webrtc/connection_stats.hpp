// What webrtcbin's get-stats knows of a call, as plain values.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <optional>
#include <string>

#include "plugins/common/gstpp.hpp"

namespace jackfield::webrtc {

struct ConnectionStats {
  struct End {
    std::string type;      // host, srflx, prflx, relay
    std::string address;   // "192.0.2.1:5000", "[2001:db8::1]:5000"
    std::string protocol;  // udp, tcp
  };
  End local, remote;
  std::string codec;                       // of what comes in: "audio/OPUS"
  std::optional<GstClockTime> round_trip;  // by RTCP, ns
  std::uint64_t packets_sent = 0, bytes_sent = 0;
  std::uint64_t packets_received = 0, bytes_received = 0;
  std::optional<GstClockTime> jitter;         // of what comes in, ns (RFC 3550)
  std::optional<GstClockTime> remote_jitter;  // of what the far end gets, as it tells, ns
  std::int64_t remote_lost = 0;               // packets, as the far end tells
  double remote_fraction_lost = 0;            // since its report before, 0 to 1

  // From the moment a frame is pushed until it is heard at the far end: half the round trip, twice
  // the jitter and what a jitter buffer and a sound card take at least (kFarBuffer). ns.
  GstClockTime far_delay() const;
};

// NetEQ holds about 30 ms on a quiet path, a browser plays 10 to 20 ms later.
inline constexpr GstClockTime kFarBuffer = 50 * GST_MSECOND;

// `reply` is that of the promise of get-stats.
ConnectionStats read_stats(const GstStructure& reply);

// The messages webrtc/connected and webrtc/stats (docs/events-and-messages.md). `jitter` is the
// adaptivejitter of the call, or nullptr, and so is `latency`, a message webrtc/latency.
GstStructure* connected_message(const ConnectionStats& stats);
GstStructure* stats_message(const ConnectionStats& stats, GstElement* jitter,
                            const GstStructure* latency = nullptr);

}  // namespace jackfield::webrtc
