// One webrtcbin of one session: set up before it plays, negotiated, watched, ended. Descriptions of
// the peer are read into values and written anew (core/audio_description.hpp) in both directions.
//
// Threads: everything here is called on the main thread. What webrtcbin calls on threads of its own
// only hops there, holding the peer weakly, so that what comes late finds nobody.
#pragma once

#include <gst/gst.h>
#define GST_USE_UNSTABLE_API
#include <gst/webrtc/webrtc.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugins/common/gstpp.hpp"
#include "webrtc/connection_stats.hpp"
#include "webrtc/core/audio_description.hpp"
#include "webrtc/core/ice_servers.hpp"
#include "webrtc/held_voices.hpp"
#include "webrtc/incoming_audio.hpp"
#include "webrtc/outgoing_audio.hpp"
#include "webrtc/signal_call.hpp"

namespace jackfield::webrtc {

struct PeerSettings {
  // Where media is sent from and received, as numbers ("127.0.0.1"); empty: on every address.
  std::vector<std::string> local_addresses;
  IceServers servers;
  bool relay_only = false;
  // Ports of media; 0: any.
  unsigned min_port = 0, max_port = 0;
  unsigned payload_type = 111;  // of Opus, when we offer; it is the one of browsers
  // A call that does not come about, or whose peer is not heard of, ends after so many seconds.
  unsigned connect_within = 30;
  unsigned lost_after = 10;
};

class PeerListener {
 public:
  virtual ~PeerListener() = default;
  virtual void local_description(const Description&) = 0;
  virtual void local_candidate(const Candidate&) = 0;
  // The connection stands; also again after it was lost, or has taken another way.
  virtual void connected(const ConnectionStats&) = 0;
  virtual void disconnected() = 0;
  // Once a second while the connection stands.
  virtual void stats(const ConnectionStats&) = 0;
  // The stream that was sent has ended by itself, and was heard.
  virtual void sent_all() = 0;
  // The peer has said something that cannot be used; `fatal`: the call cannot go on.
  virtual void refused(const std::string& text, bool fatal) = 0;
  // "not-connected", "lost", "failed"; the call has to end.
  virtual void failed(const std::string& reason, const std::string& text) = 0;
};

// Generates the certificate of DTLS, which takes up to two seconds, and keeps it for all calls of
// the process. Once, after gst_init.
void prepare_dtls_key();

class WebRtcPeer : public std::enable_shared_from_this<WebRtcPeer> {
 public:
  static std::shared_ptr<WebRtcPeer> create(PeerSettings settings, PeerListener& listener);
  ~WebRtcPeer();

  // Finds and sets up the webrtcbin of a pipeline that does not play yet. `payload_type` is that of
  // Opus in the peer's offer.
  bool prepare(GstElement* pipeline, unsigned payload_type, std::string& error);
  // The pipeline plays: what came before is taken up now.
  void running();

  // Once the call stands: with an ICE restart, which looks for new paths.
  void start_offer();
  // `description` is one read_description() has made; the peer's offer or answer.
  void remote(Description::Type type, SessionDescription description);
  void remote(const Candidate& candidate);

  // Nothing is told any more, nothing sent. `in_order`: what comes from the peer ends, so that its
  // listeners finish what they do; true when that was possible.
  bool close(bool in_order);
  // Ends what comes from the peer; what that leads to may still be sent. False when nothing has
  // come. Sources of the pipeline's own end by themselves, because nothing takes what they have: an
  // EOS sent to one of them waits for its thread with a lock that a stop of the pipeline needs.
  bool end_streams() { return incoming_ && incoming_->send_eos(); }

  // Just before the pipeline stops.
  void detach() {
    close(false);
    if (incoming_) incoming_->detach();
  }

  GstElement* webrtcbin() const { return webrtcbin_.get(); }
  bool was_connected() const { return was_connected_; }
  const ConnectionStats& last_stats() const { return last_stats_; }
  GstElement* jitter() const { return incoming_ ? incoming_->jitter() : nullptr; }
  // The mid of the audio line in the peer's descriptions, "" before the first.
  std::string audio_mid() const;

 private:
  struct Remote {
    Description::Type type;
    SessionDescription description;
  };
  using Weak = std::weak_ptr<WebRtcPeer>;
  struct Callbacks;

  WebRtcPeer(PeerSettings settings, PeerListener& listener);
  bool set_up_ice(std::string& error);
  void connect_signals();
  void next();
  void take_offer(const Remote& offer);
  void take_answer(const Remote& answer);
  void restart_ice();
  void remote_set(Description::Type type, std::optional<std::string> error);
  void described(Description::Type type, GstWebRTCSessionDescription* description,
                 const std::string& error);
  void set_remote(const Remote& remote);
  void create(Description::Type type);
  void new_local_candidate(const std::string& text);
  void gathered();
  void state_changed(GstWebRTCPeerConnectionState state);
  void ice_state_changed(GstWebRTCICEConnectionState state);
  void ask_stats();
  void take_stats(const ConnectionStats& stats);
  void tick();
  void sending_ended();
  void add_candidate(const std::string& text);

  const PeerSettings settings_;
  PeerListener* listener_;  // nullptr once closed
  gstpp::ElementPtr webrtcbin_;
  gstpp::ObjectPtr<GstObject> ice_;
  std::vector<gulong> handlers_;
  std::unique_ptr<OutgoingAudio> outgoing_;
  std::unique_ptr<IncomingAudio> incoming_;
  std::unique_ptr<HeldVoices> held_voices_;
  std::vector<gstpp::ElementPtr> greeters_;  // agents that speak first, once somebody hears them

  bool running_ = false;
  bool offer_wanted_ = false;
  bool negotiating_ = false;    // an operation of webrtcbin is under way
  bool awaits_answer_ = false;  // to an offer of ours
  std::deque<Remote> queue_;
  std::vector<std::string> waiting_candidates_;  // until the remote description is set
  bool remote_known_ = false;
  std::size_t remote_candidates_ = 0;  // of this generation

  SessionDescription lines_;  // the shape of the peer's descriptions
  std::string remote_ufrag_, remote_password_;
  std::string local_ufrag_, local_password_;  // after a restart; else webrtcbin's own
  std::vector<std::string> local_candidates_;
  bool gathered_ = false;
  bool described_ = false;  // our description was sent, candidates may follow
  std::uint64_t session_id_ = 0;
  unsigned version_ = 0;

  bool connected_ = false;
  bool was_connected_ = false;
  bool stats_pending_ = false;
  gint64 began_ = 0;  // monotonic, µs
  gint64 ice_lost_ = 0;
  guint timer_ = 0;
  guint end_timer_ = 0;
  ConnectionStats last_stats_;
};

}  // namespace jackfield::webrtc
