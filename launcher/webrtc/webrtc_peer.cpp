#include "webrtc/webrtc_peer.hpp"

#include <nice/agent.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "webrtc/core/ice_text.hpp"
#include "webrtc/pipeline_elements.hpp"

GST_DEBUG_CATEGORY_STATIC(webrtc_peer_debug);
#define GST_CAT_DEFAULT webrtc_peer_debug

namespace jackfield::webrtc {
namespace {

constexpr char kMid[] = "audio";  // of the one line that webrtcbin sees
constexpr std::size_t kMaxQueued = 4;
// A peer has a few per network; what comes beyond is a flood.
constexpr std::size_t kMaxRemoteCandidates = 100;

void init_debug() {
  static const bool once = [] {
    GST_DEBUG_CATEGORY_INIT(webrtc_peer_debug, "webrtcpeer", 0, "browser calls of the supervisor");
    return true;
  }();
  static_cast<void>(once);
}

const char* name_of(Description::Type type) {
  return type == Description::Type::kOffer ? "offer" : "answer";
}

std::uint64_t random_id() {
  // 62 bits: within what every parser of SDP takes (RFC 8829, section 5.2.1).
  return (static_cast<std::uint64_t>(g_random_int()) << 32 | g_random_int()) >> 2;
}

// As many random characters as ICE demands and some more (RFC 8839, section 5.4).
std::string random_ice_text(std::size_t size) {
  static constexpr char kChars[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  while (text.size() < size) {
    gstpp::CharPtr uuid{g_uuid_string_random()};  // from the system's source of randomness
    for (const char* c = uuid.get(); c[0] && c[1] && text.size() < size; c += 2) {
      if (!g_ascii_isxdigit(c[0]) || !g_ascii_isxdigit(c[1])) continue;
      text += kChars[(g_ascii_xdigit_value(c[0]) * 16 + g_ascii_xdigit_value(c[1])) & 63];
    }
  }
  return text;
}

void replace_attribute(GstSDPMedia* media, const char* key, const std::string& value) {
  for (guint i = 0; i < gst_sdp_media_attributes_len(media); ++i) {
    const GstSDPAttribute* old = gst_sdp_media_get_attribute(media, i);
    if (g_strcmp0(old->key, key) != 0) continue;
    GstSDPAttribute attribute;
    gst_sdp_attribute_set(&attribute, key, value.c_str());
    gst_sdp_media_replace_attribute(media, i, &attribute);
    return;
  }
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

// What webrtcbin calls on its threads.
struct WebRtcPeer::Callbacks {
  struct Job {
    Weak peer;
    std::function<void(WebRtcPeer&)> run;
  };

  static void hop(const Weak& peer, std::function<void(WebRtcPeer&)> run) {
    g_idle_add_full(
        G_PRIORITY_DEFAULT,
        [](gpointer user) -> gboolean {
          auto* job = static_cast<Job*>(user);
          if (const auto alive = job->peer.lock(); alive && alive->listener_) job->run(*alive);
          return G_SOURCE_REMOVE;
        },
        new Job{peer, std::move(run)}, [](gpointer user) { delete static_cast<Job*>(user); });
  }

  using Reply = std::shared_ptr<GstStructure>;
  struct Promised {
    Weak peer;
    std::function<void(WebRtcPeer&, const GstStructure*)> done;
  };

  // The reply is nullptr when there is none.
  static GstPromise* promise(WebRtcPeer& peer,
                             std::function<void(WebRtcPeer&, const GstStructure*)> done) {
    return gst_promise_new_with_change_func(
        [](GstPromise* promise, gpointer user) {
          auto* promised = static_cast<Promised*>(user);
          const GstStructure* got = gst_promise_wait(promise) == GST_PROMISE_RESULT_REPLIED
                                        ? gst_promise_get_reply(promise)
                                        : nullptr;
          Reply reply{got ? gst_structure_copy(got) : nullptr, [](GstStructure* s) {
                        if (s) gst_structure_free(s);
                      }};
          hop(promised->peer,
              [done = promised->done, reply](WebRtcPeer& p) { done(p, reply.get()); });
        },
        new Promised{peer.weak_from_this(), std::move(done)},
        [](gpointer user) { delete static_cast<Promised*>(user); });
  }

  static std::optional<std::string> error_of(const GstStructure* reply) {
    const GValue* value = reply ? gst_structure_get_value(reply, "error") : nullptr;
    if (!value || !G_VALUE_HOLDS(value, G_TYPE_ERROR)) return std::nullopt;
    const auto* error = static_cast<const GError*>(g_value_get_boxed(value));
    return error ? error->message : "no reason was given";
  }

  static const Weak& weak(gpointer user) { return *static_cast<Weak*>(user); }

  static void on_ice_candidate(GstElement*, guint, gchar* text, gpointer user) {
    hop(weak(user), [candidate = std::string{text ? text : ""}](WebRtcPeer& p) {
      p.new_local_candidate(candidate);
    });
  }
  static void on_gathering(GObject* object, GParamSpec*, gpointer user) {
    GstWebRTCICEGatheringState state = GST_WEBRTC_ICE_GATHERING_STATE_NEW;
    g_object_get(object, "ice-gathering-state", &state, nullptr);
    if (state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE)
      hop(weak(user), [](WebRtcPeer& p) { p.gathered(); });
  }
  static void on_state(GObject* object, GParamSpec*, gpointer user) {
    GstWebRTCPeerConnectionState state = GST_WEBRTC_PEER_CONNECTION_STATE_NEW;
    g_object_get(object, "connection-state", &state, nullptr);
    hop(weak(user), [state](WebRtcPeer& p) { p.state_changed(state); });
  }
  static void on_ice_state(GObject* object, GParamSpec*, gpointer user) {
    GstWebRTCICEConnectionState state = GST_WEBRTC_ICE_CONNECTION_STATE_NEW;
    g_object_get(object, "ice-connection-state", &state, nullptr);
    hop(weak(user), [state](WebRtcPeer& p) { p.ice_state_changed(state); });
  }

  static gulong connect(WebRtcPeer& peer, const char* signal, GCallback callback) {
    return g_signal_connect_data(
        peer.webrtcbin_.get(), signal, callback, new Weak{peer.weak_from_this()},
        [](gpointer user, GClosure*) { delete static_cast<Weak*>(user); }, GConnectFlags{});
  }
};

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

// --- Negotiation --------------------------------------------------------------------------------

void WebRtcPeer::start_offer() {
  if (!running_) {
    offer_wanted_ = true;
    return;
  }
  if (outgoing_->empty() && version_ == 0) {
    const gstpp::CapsPtr caps{
        gst_caps_new_simple("application/x-rtp", "media", G_TYPE_STRING, "audio", "encoding-name",
                            G_TYPE_STRING, "OPUS", "clock-rate", G_TYPE_INT, 48000, "payload",
                            G_TYPE_INT, static_cast<gint>(settings_.payload_type), nullptr)};
    GstWebRTCRTPTransceiver* transceiver = nullptr;
    g_signal_emit_by_name(webrtcbin_.get(), "add-transceiver",
                          GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, caps.get(), &transceiver);
    if (transceiver) gst_object_unref(transceiver);
  }
  if (negotiating_ || awaits_answer_) return;
  if (version_ > 0) restart_ice();
  negotiating_ = true;
  create(Description::Type::kOffer);
}

void WebRtcPeer::remote(Description::Type type, SessionDescription description) {
  if (!listener_) return;
  if (queue_.size() == kMaxQueued) {
    listener_->refused("descriptions come faster than they can be taken", false);
    return;
  }
  queue_.push_back({type, std::move(description)});
  next();
}

void WebRtcPeer::next() {
  if (!running_ || negotiating_ || queue_.empty()) return;
  const Remote remote = std::move(queue_.front());
  queue_.pop_front();
  if (remote.type == Description::Type::kOffer) {
    take_offer(remote);
  } else {
    take_answer(remote);
  }
}

void WebRtcPeer::take_offer(const Remote& offer) {
  if (awaits_answer_) {
    // In glare ours stands; the other side takes its own back and answers (RFC 8829, perfect
    // negotiation: we are the impolite side).
    listener_->refused("an offer of ours is waiting for its answer", false);
    return;
  }
  const AudioLine& audio = offer.description.audio;
  if (remote_known_ && (audio.ufrag != remote_ufrag_ || audio.password != remote_password_))
    restart_ice();
  lines_ = offer.description;
  outgoing_->set_payload_type(audio.payload_type);
  set_remote(offer);
}

void WebRtcPeer::take_answer(const Remote& answer) {
  if (!std::exchange(awaits_answer_, false)) {
    listener_->refused("there is no offer that this answers", false);
    return;
  }
  if (answer.description.audio.setup == "actpass") {
    listener_->refused("an answer says a=setup:active or passive", true);
    return;
  }
  outgoing_->set_payload_type(answer.description.audio.payload_type);
  set_remote(answer);
}

// webrtcbin 1.22 takes new credentials of the peer, but keeps its own and the state of its checks.
void WebRtcPeer::restart_ice() {
  GST_DEBUG_OBJECT(webrtcbin_.get(), "ICE restart");
  local_ufrag_ = random_ice_text(8);
  local_password_ = random_ice_text(32);
  described_ = false;
  remote_candidates_ = 0;
  waiting_candidates_.clear();
  remote_known_ = false;
  GObject* agent = nullptr;
  g_object_get(ice_.get(), "agent", &agent, nullptr);
  if (!agent) return;
  nice_agent_restart(NICE_AGENT(agent));
  g_object_unref(agent);
}

void WebRtcPeer::set_remote(const Remote& remote) {
  negotiating_ = true;
  remote_ufrag_ = remote.description.audio.ufrag;
  remote_password_ = remote.description.audio.password;
  AudioLine audio = remote.description.audio;
  // The parameters of Opus are each side's own; webrtcbin would want both to be the same.
  audio.format.clear();
  waiting_candidates_.insert(waiting_candidates_.end(), audio.candidates.begin(),
                             audio.candidates.end());
  audio.candidates.clear();
  audio.end_of_candidates = false;
  const std::string sdp = write_description(only_audio(audio, kMid), 1, 1);
  GstSDPMessage* message = nullptr;
  if (gst_sdp_message_new_from_text(sdp.c_str(), &message) != GST_SDP_OK) {
    negotiating_ = false;
    listener_->refused("the description cannot be read", true);
    return;
  }
  GstWebRTCSessionDescription* description = gst_webrtc_session_description_new(
      remote.type == Description::Type::kOffer ? GST_WEBRTC_SDP_TYPE_OFFER
                                               : GST_WEBRTC_SDP_TYPE_ANSWER,
      message);
  GstPromise* promise =
      Callbacks::promise(*this, [type = remote.type](WebRtcPeer& p, const GstStructure* reply) {
        p.remote_set(type, Callbacks::error_of(reply));
      });
  g_signal_emit_by_name(webrtcbin_.get(), "set-remote-description", description, promise);
  gst_promise_unref(promise);
  gst_webrtc_session_description_free(description);
}

void WebRtcPeer::remote_set(Description::Type type, std::optional<std::string> error) {
  if (error) {
    negotiating_ = false;
    listener_->refused("the " + std::string{name_of(type)} + " was not taken: " + *error, true);
    return;
  }
  if (type == Description::Type::kOffer) {
    create(Description::Type::kAnswer);
    return;
  }
  negotiating_ = false;
  remote_known_ = true;
  for (const std::string& text : std::exchange(waiting_candidates_, {})) add_candidate(text);
  next();
}

void WebRtcPeer::create(Description::Type type) {
  GstPromise* promise = Callbacks::promise(*this, [type](WebRtcPeer& p, const GstStructure* reply) {
    GstWebRTCSessionDescription* made = nullptr;
    if (reply)
      gst_structure_get(reply, name_of(type), GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &made, nullptr);
    p.described(type, made, Callbacks::error_of(reply).value_or("webrtcbin made none"));
    if (made) gst_webrtc_session_description_free(made);
  });
  g_signal_emit_by_name(webrtcbin_.get(),
                        type == Description::Type::kOffer ? "create-offer" : "create-answer",
                        nullptr, promise);
  gst_promise_unref(promise);
}

void WebRtcPeer::described(Description::Type type, GstWebRTCSessionDescription* description,
                           const std::string& error) {
  negotiating_ = false;
  std::variant<SessionDescription, std::string> read = error;
  if (description && gst_sdp_message_medias_len(description->sdp) > 0) {
    if (!local_ufrag_.empty()) {
      auto* media = const_cast<GstSDPMedia*>(gst_sdp_message_get_media(description->sdp, 0));
      replace_attribute(media, "ice-ufrag", local_ufrag_);
      replace_attribute(media, "ice-pwd", local_password_);
    }
    gstpp::CharPtr text{gst_sdp_message_as_text(description->sdp)};
    GST_LOG_OBJECT(webrtcbin_.get(), "%s: %s", name_of(type), text.get());
    read = read_description(text.get());
  }
  if (const auto* wrong = std::get_if<std::string>(&read)) {
    listener_->refused("no " + std::string{name_of(type)} + " could be made: " + *wrong, true);
    return;
  }
  AudioLine audio = std::get<SessionDescription>(read).audio;
  audio.candidates.clear();
  audio.end_of_candidates = false;
  // It is about what we take, and webrtcbin leaves it out now and then.
  if (audio.format.empty()) audio.format = AudioLine{}.format;
  if (lines_.lines.empty()) lines_ = only_audio(audio, "0");
  SessionDescription told = lines_;
  told.audio = std::move(audio);
  awaits_answer_ = type == Description::Type::kOffer;
  const bool restart = !local_ufrag_.empty() && !described_ && version_ > 0;
  // First our description, then its candidates, which webrtcbin looks for from here on.
  listener_->local_description(
      {.type = type, .sdp = write_description(told, session_id_, ++version_), .restart = restart});
  if (!listener_) return;
  g_signal_emit_by_name(webrtcbin_.get(), "set-local-description", description, nullptr);
  if (!std::exchange(described_, true)) {
    for (const std::string& candidate : local_candidates_)
      listener_->local_candidate({.candidate = candidate,
                                  .mid = audio_mid(),
                                  .line = static_cast<unsigned>(lines_.audio_line)});
    if (gathered_)
      listener_->local_candidate({.candidate = std::nullopt,
                                  .mid = audio_mid(),
                                  .line = static_cast<unsigned>(lines_.audio_line)});
  }
  if (type == Description::Type::kAnswer) {
    remote_known_ = true;
    for (const std::string& text : std::exchange(waiting_candidates_, {})) add_candidate(text);
  }
  next();
}

std::string WebRtcPeer::audio_mid() const {
  return lines_.lines.empty() ? "" : lines_.lines[lines_.audio_line].mid;
}

// --- Candidates ---------------------------------------------------------------------------------

void WebRtcPeer::remote(const Candidate& candidate) {
  if (!listener_ || !webrtcbin_) return;
  // All goes over one transport; candidates of lines that we have rejected are of no use.
  if (!lines_.lines.empty() && !candidate.mid.empty() && !audio_mid().empty() &&
      candidate.mid != audio_mid())
    return;
  if (!candidate.candidate || candidate.candidate->empty()) {
    // libnice would give up at once where a peer-reflexive address may still come.
    return;
  }
  if (!usable_candidate(*candidate.candidate) || ++remote_candidates_ > kMaxRemoteCandidates) {
    GST_DEBUG_OBJECT(webrtcbin_.get(), "candidate refused: %.100s", candidate.candidate->c_str());
    return;
  }
  if (remote_known_) {
    add_candidate(*candidate.candidate);
  } else {
    waiting_candidates_.push_back(*candidate.candidate);
  }
}

void WebRtcPeer::add_candidate(const std::string& text) {
  g_signal_emit_by_name(webrtcbin_.get(), "add-ice-candidate", 0U, text.c_str());
}

void WebRtcPeer::new_local_candidate(const std::string& text) {
  if (text.empty() || local_candidates_.size() == kMaxCandidates) return;
  local_candidates_.push_back(text);
  if (described_)
    listener_->local_candidate(
        {.candidate = text, .mid = audio_mid(), .line = static_cast<unsigned>(lines_.audio_line)});
}

void WebRtcPeer::gathered() {
  if (std::exchange(gathered_, true)) return;
  if (described_)
    listener_->local_candidate({.candidate = std::nullopt,
                                .mid = audio_mid(),
                                .line = static_cast<unsigned>(lines_.audio_line)});
}

// --- The connection -----------------------------------------------------------------------------

void WebRtcPeer::state_changed(GstWebRTCPeerConnectionState state) {
  GST_DEBUG_OBJECT(webrtcbin_.get(), "connection state %d", state);
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED) {
    ice_lost_ = 0;
    incoming_->watch_arrivals();
    outgoing_->open();
    if (!std::exchange(connected_, true)) ask_stats();
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
  if (!incoming_) return false;
  // webrtcbin counts as a sink, and would never end.
  gst_element_post_message(webrtcbin_.get(), gst_message_new_eos(GST_OBJECT(webrtcbin_.get())));
  return in_order && end_streams();
}

}  // namespace jackfield::webrtc
