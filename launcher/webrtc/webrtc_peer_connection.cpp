// How the connection fares: its states, signs of life and figures.
#include <utility>

#include "webrtc/webrtc_peer.hpp"
#include "webrtc/webrtc_peer_callbacks.hpp"

namespace jackfield::webrtc {

void WebRtcPeer::state_changed(GstWebRTCPeerConnectionState state) {
  GST_DEBUG_OBJECT(webrtcbin_.get(), "connection state %d", state);
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED) {
    ice_lost_ = 0;
    incoming_->watch_arrivals();
    outgoing_->open();
    if (!std::exchange(connected_, true)) ask_stats();
    held_voices_->release();
    for (const gstpp::ElementPtr& agent : std::exchange(greeters_, {}))
      g_signal_emit_by_name(agent.get(), "greet");
  } else if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CLOSED) {
    listener_->failed("closed", "the peer has closed the connection");
  } else if (state == GST_WEBRTC_PEER_CONNECTION_STATE_FAILED && ice_lost_ == 0) {
    ice_lost_ = g_get_monotonic_time();
  }
}

void WebRtcPeer::ice_state_changed(GstWebRTCICEConnectionState state) {
  GST_DEBUG_OBJECT(webrtcbin_.get(), "ICE state %d", state);
  switch (state) {
    case GST_WEBRTC_ICE_CONNECTION_STATE_CONNECTED:
    case GST_WEBRTC_ICE_CONNECTION_STATE_COMPLETED:
      ice_lost_ = 0;
      break;
    case GST_WEBRTC_ICE_CONNECTION_STATE_DISCONNECTED:
    case GST_WEBRTC_ICE_CONNECTION_STATE_FAILED:
      // Candidates, or a restart, may still come.
      if (ice_lost_ == 0) ice_lost_ = g_get_monotonic_time();
      break;
    default:
      break;
  }
}

void WebRtcPeer::tick() {
  if (!listener_) return;
  const gint64 now = g_get_monotonic_time();
  const GstClockTime bound = settings_.lost_after * GST_SECOND;
  const GstClockTime silent = was_connected_ ? incoming_->silent_for() : 0;
  if (was_connected_ && silent >= bound)
    return listener_->failed("lost", "nothing has come from the peer for " +
                                         std::to_string(settings_.lost_after) + " s");
  if (!was_connected_ && now - began_ >= settings_.connect_within * G_USEC_PER_SEC)
    return listener_->failed("not-connected", "no connection came about within " +
                                                  std::to_string(settings_.connect_within) + " s");
  // Packets that come are the better proof that the path works.
  const bool flowing = was_connected_ && silent < 2 * GST_SECOND;
  if (ice_lost_ != 0 && !flowing && now - ice_lost_ >= settings_.lost_after * G_USEC_PER_SEC)
    return listener_->failed(was_connected_ ? "lost" : "not-connected",
                             was_connected_
                                 ? "the path to the peer is broken (ICE)"
                                 : "no path to the peer was found (ICE), or no encryption "
                                   "was agreed upon (DTLS)");
  if (was_connected_ && connected_ && silent >= bound / 2) {
    connected_ = false;
    listener_->disconnected();
  } else if (was_connected_ && !connected_ && silent < bound / 2) {
    connected_ = true;
    listener_->connected(last_stats_);
  }
  if (listener_ && connected_) ask_stats();
}

void WebRtcPeer::ask_stats() {
  if (std::exchange(stats_pending_, true)) return;
  GstPromise* promise = Callbacks::promise(*this, [](WebRtcPeer& p, const GstStructure* reply) {
    p.stats_pending_ = false;
    if (reply) p.take_stats(read_stats(*reply));
  });
  g_signal_emit_by_name(webrtcbin_.get(), "get-stats", nullptr, promise);
  gst_promise_unref(promise);
}

void WebRtcPeer::take_stats(const ConnectionStats& stats) {
  const bool moved = was_connected_ && stats.remote.address != last_stats_.remote.address &&
                     !stats.remote.address.empty();
  last_stats_ = stats;
  outgoing_->set_far_delay(stats.far_delay());
  if (!std::exchange(was_connected_, true) || moved) {
    listener_->connected(stats);
  } else {
    listener_->stats(stats);
  }
}

}  // namespace jackfield::webrtc
