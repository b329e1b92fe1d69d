// Measures where sound spends its time in the pipeline of one call over WebRTC, and sums it up:
// docs/webrtc.md, "Latency". Main thread; the probes it sets run in the streaming threads.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <optional>

#include "plugins/common/gstpp.hpp"
#include "webrtc/core/latency_budget.hpp"

namespace jackfield::webrtc {

struct LatencyProbes;

class LatencyMeter {
 public:
  // Watches the elements of `pipeline` that are there now: adaptivejitter, the Opus encoder, what
  // speaks (agentbrain, openairealtime), and sound cards.
  explicit LatencyMeter(GstElement* pipeline);
  ~LatencyMeter();
  LatencyMeter(const LatencyMeter&) = delete;
  LatencyMeter& operator=(const LatencyMeter&) = delete;

  // Of the network, each time RTCP tells; in ms.
  void add_round_trip(double ms);
  // How long the peer's jitter buffer holds sound, if the peer tells; in ms.
  void set_peer_held(double ms) { peer_held_ = ms; }

  CallDelays delays() const;
  // The message `webrtc/latency` (docs/events-and-messages.md).
  gstpp::StructurePtr report() const;

 private:
  std::shared_ptr<LatencyProbes> probes_;
  gstpp::ElementPtr pipeline_;
  gstpp::ElementPtr jitter_buffer_, encoder_, microphone_, loudspeaker_;
  bool ready_voice_ = false;
  double round_trip_sum_ = 0;
  unsigned round_trips_ = 0;
  std::optional<double> peer_held_;
};

}  // namespace jackfield::webrtc
