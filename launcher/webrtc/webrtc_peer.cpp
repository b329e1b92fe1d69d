// One webrtcbin from its pipeline's start to its end. Descriptions and candidates are in
// webrtc_peer_negotiation.cpp, what becomes of the connection in webrtc_peer_connection.cpp.
#include "webrtc/webrtc_peer.hpp"

#include <utility>

#include "scenario/pipeline_elements.hpp"
#include "webrtc/webrtc_peer_callbacks.hpp"

GST_DEBUG_CATEGORY(webrtc_peer_debug);

namespace jackfield::webrtc {
namespace {

void init_debug() {
  static const bool once = [] {
    GST_DEBUG_CATEGORY_INIT(webrtc_peer_debug, "webrtcpeer", 0, "browser calls of the supervisor");
    return true;
  }();
  static_cast<void>(once);
}

std::uint64_t random_id() {
  // 62 bits: within what every parser of SDP takes (RFC 8829, section 5.2.1).
  return (static_cast<std::uint64_t>(g_random_int()) << 32 | g_random_int()) >> 2;
}

}  // namespace

void prepare_dtls_key() {
  static GstElement* keeper = [] {
    gstpp::ElementPtr element = gstpp::make_element("dtlsdec");
    gchar* pem = nullptr;
    // Reading the certificate makes it.
    if (element) g_object_get(element.get(), "pem", &pem, nullptr);
    g_free(pem);
    return element.release();
  }();
  static_cast<void>(keeper);
}

std::shared_ptr<WebRtcPeer> WebRtcPeer::create(PeerSettings settings, PeerListener& listener) {
  init_debug();
  return std::shared_ptr<WebRtcPeer>{new WebRtcPeer{std::move(settings), listener}};
}

WebRtcPeer::WebRtcPeer(PeerSettings settings, PeerListener& listener)
    : settings_(std::move(settings)), listener_(&listener), session_id_(random_id()) {}

WebRtcPeer::~WebRtcPeer() {
  close(false);
  for (const gulong handler : handlers_) g_signal_handler_disconnect(webrtcbin_.get(), handler);
}

// --- Before the pipeline plays ------------------------------------------------------------------

bool WebRtcPeer::prepare(GstElement* pipeline, unsigned payload_type, std::string& error) {
  auto found = find_elements(pipeline, "webrtcbin");
  if (found.size() != 1) {
    error = found.empty()
                ? "the pipeline has no webrtcbin"
                : "the pipeline has more than one webrtcbin; there is one call for each pipeline";
    return false;
  }
  webrtcbin_ = std::move(found.front());
  if (!set_up_ice(error)) return false;
  incoming_ = std::make_unique<IncomingAudio>(pipeline, webrtcbin_.get());
  outgoing_ = std::make_unique<OutgoingAudio>(webrtcbin_.get(), [weak = weak_from_this()] {
    Callbacks::hop(weak, [](WebRtcPeer& p) { p.sending_ended(); });
  });
  outgoing_->set_payload_type(payload_type);
  outgoing_->set_far_delay(kFarBuffer);
  for (gstpp::ElementPtr& agent : find_elements(pipeline, "agentbrain")) {
    gboolean speaks_first = FALSE;
    g_object_get(agent.get(), "speak-first", &speaks_first, nullptr);
    if (!speaks_first) continue;
    g_object_set(agent.get(), "speak-first", FALSE, nullptr);
    greeters_.push_back(std::move(agent));
  }
  held_voices_ = std::make_unique<HeldVoices>(pipeline);
  connect_signals();
  return true;
}

bool WebRtcPeer::set_up_ice(std::string& error) {
  GObject* ice = nullptr;
  g_object_get(webrtcbin_.get(), "ice-agent", &ice, nullptr);
  if (!ice) {
    error = "webrtcbin has no ICE agent; is the plugin of libnice installed (gstreamer1.0-nice)?";
    return false;
  }
  ice_.reset(GST_OBJECT(ice));
  for (const std::string& address : settings_.local_addresses) {
    gboolean added = FALSE;
    g_signal_emit_by_name(ice, "add-local-ip-address", address.c_str(), &added);
    if (added) continue;
    error = "'" + address + "' is no address for media";
    return false;
  }
  if (settings_.max_port > 0)
    g_object_set(ice, "min-rtp-port", settings_.min_port, "max-rtp-port", settings_.max_port,
                 nullptr);
  GObject* agent = nullptr;
  g_object_get(ice, "agent", &agent, nullptr);
  if (agent) {
    // Asking the router for a port would delay every call, and is not ours to do.
    g_object_set(agent, "upnp", FALSE, nullptr);
    g_object_unref(agent);
  }
  g_object_set(webrtcbin_.get(), "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE, nullptr);
  if (settings_.relay_only)
    g_object_set(webrtcbin_.get(), "ice-transport-policy", GST_WEBRTC_ICE_TRANSPORT_POLICY_RELAY,
                 nullptr);
  if (const std::string stun = settings_.servers.stun_uri(); !stun.empty())
    g_object_set(webrtcbin_.get(), "stun-server", stun.c_str(), nullptr);
  for (const std::string& turn : settings_.servers.turn_uris()) {
    gboolean added = FALSE;
    g_signal_emit_by_name(webrtcbin_.get(), "add-turn-server", turn.c_str(), &added);
    if (!added) GST_WARNING_OBJECT(webrtcbin_.get(), "a TURN server was not taken");
  }
  return true;
}

void WebRtcPeer::connect_signals() {
  handlers_ = {
      Callbacks::connect(*this, "on-ice-candidate", G_CALLBACK(Callbacks::on_ice_candidate)),
      Callbacks::connect(*this, "notify::ice-gathering-state", G_CALLBACK(Callbacks::on_gathering)),
      Callbacks::connect(*this, "notify::connection-state", G_CALLBACK(Callbacks::on_state)),
      Callbacks::connect(*this, "notify::ice-connection-state",
                         G_CALLBACK(Callbacks::on_ice_state)),
  };
}

void WebRtcPeer::running() {
  if (running_ || !listener_) return;
  running_ = true;
  began_ = g_get_monotonic_time();
  timer_ = g_timeout_add_seconds(
      1,
      [](gpointer user) -> gboolean {
        const auto self = static_cast<WebRtcPeer*>(user)->shared_from_this();
        self->tick();
        return G_SOURCE_CONTINUE;
      },
      this);
  if (std::exchange(offer_wanted_, false)) start_offer();
  next();
}

// --- The end ------------------------------------------------------------------------------------

void WebRtcPeer::sending_ended() {
  if (end_timer_) return;
  end_timer_ = g_timeout_add(
      static_cast<guint>(last_stats_.far_delay() / GST_MSECOND),
      [](gpointer user) -> gboolean {
        const auto self = static_cast<WebRtcPeer*>(user)->shared_from_this();
        self->end_timer_ = 0;
        if (self->listener_) self->listener_->sent_all();
        return G_SOURCE_REMOVE;
      },
      this);
}

bool WebRtcPeer::close(bool in_order) {
  if (!listener_) return false;
  listener_ = nullptr;
  if (timer_) g_source_remove(std::exchange(timer_, 0));
  if (end_timer_) g_source_remove(std::exchange(end_timer_, 0));
  queue_.clear();
  waiting_candidates_.clear();
  if (outgoing_) outgoing_->close();
  held_voices_.reset();
  if (!incoming_) return false;
  // webrtcbin counts as a sink, and would never end.
  gst_element_post_message(webrtcbin_.get(), gst_message_new_eos(GST_OBJECT(webrtcbin_.get())));
  return in_order && end_streams();
}

}  // namespace jackfield::webrtc
