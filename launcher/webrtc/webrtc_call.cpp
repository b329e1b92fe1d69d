#include "webrtc/webrtc_call.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "caller_identity.hpp"
#include "records/message_json.hpp"
#include "webrtc/latency_meter.hpp"
#include "webrtc/listen_only.hpp"

namespace jackfield::webrtc {
namespace {

// What of the conversation the peer is told, and as what. nullptr: nothing.
const char* event_of(const GstStructure& message) {
  const std::string_view name = gst_structure_get_name(&message);
  if (name == "agentbrain/transcript" || name == "agentbrain/reply") return "transcript";
  if (name == "agentbrain/state") return "turn";
  if (name == "agentbrain/interrupted" || name == "agentbrain/resumed") return "interrupted";
  if (name == "agentbrain/turn") return "latency";
  return nullptr;
}

// How long recorders and sinks may take to finish.
constexpr std::int64_t kLastWrites = 3'000'000'000;

// Lives as long as the session or the signalling's call, whichever is longer.
class Conversation final : public PeerListener, public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(SessionManager& sessions, PeerSettings settings, CallRequest request,
               SignalPeer& peer)
      : sessions_(sessions),
        settings_(std::move(settings)),
        request_(std::move(request)),
        signal_(&peer) {}
  ~Conversation() override {
    if (peer_) peer_->close(false);
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  void start_offer() {
    if (!over_ && (peer_ || start(settings_.payload_type))) peer_->start_offer();
  }

  void remote(const Description& description) {
    if (over_) return;
    const bool offer = description.type == Description::Type::kOffer;
    const char* re = offer ? "offer" : "answer";
    auto read = read_description(description.sdp, peer_ ? peer_->audio_mid() : "");
    if (const auto* wrong = std::get_if<std::string>(&read)) {
      signal_->send_error("bad-message", *wrong, re);
      finish("bad-description", true);
      return;
    }
    auto& good = std::get<SessionDescription>(read);
    if (!peer_ && !offer) {
      signal_->send_error("bad-message", "there is no offer that this answers", re);
      return;
    }
    if (!peer_ && !start(good.audio.payload_type)) return;
    peer_->remote(description.type, std::move(good));
  }

  void remote(const Candidate& candidate) {
    if (!over_ && peer_) peer_->remote(candidate);
  }

  void hang_up(const std::string& reason) { finish(reason, false); }

  // The signalling lets go of the call.
  void forsake() {
    signal_ = nullptr;
    finish("gone", true);
  }

  // --- PeerListener ---
  void local_description(const Description& description) override {
    if (signal_) signal_->send(description);
  }
  void local_candidate(const Candidate& candidate) override {
    if (signal_) signal_->send(candidate);
  }
  void connected(const ConnectionStats& stats) override {
    if (!std::exchange(begun_, true)) {
      began_ = g_get_monotonic_time();
      post_started(stats);
    }
    post(connected_message(stats));
  }
  void disconnected() override { post(gst_structure_new_empty("webrtc/disconnected")); }
  void stats(const ConnectionStats& stats) override {
    if (stats.round_trip)
      meter_->add_round_trip(static_cast<double>(*stats.round_trip) / GST_MSECOND);
    post(stats_message(stats, peer_->jitter(), meter_->report().get()));
  }
  void sent_all() override { finish("hang-up", false); }
  void refused(const std::string& text, bool fatal) override {
    if (signal_) signal_->send_error(fatal ? "internal" : "bad-message", text, "");
    if (fatal) finish("bad-description", true);
  }
  void failed(const std::string& reason, const std::string& text) override {
    if (signal_ && reason == "not-connected") signal_->send_error("timeout", text, "");
    finish(reason, false);
  }

 private:
  bool start(unsigned payload_type) {
    peer_ = WebRtcPeer::create(settings_, *this);
    const auto self = shared_from_this();
    std::string error;
    const auto session = sessions_.start(
        {.prepare =
             [self, payload_type](GstElement* pipeline, std::string& why) {
               self->meter_ = std::make_unique<LatencyMeter>(pipeline);
               if (!self->peer_->prepare(pipeline, payload_type, why)) return false;
               if (self->request_.listen_only) drop_incoming(self->peer_->webrtcbin());
               return true;
             },
         .caller = caller(),
         .send_eos =
             [weak = weak_from_this()] {
               if (const auto alive = weak.lock()) alive->end_in_order();
             },
         .on_stop =
             [weak = weak_from_this()] {
               if (const auto alive = weak.lock(); alive && alive->peer_) alive->peer_->detach();
             },
         .on_running = [self] { self->peer_->running(); },
         .on_message = [self](const GstStructure& message) { self->tell(message); },
         .on_ended = [self](const std::string& reason) { self->session_ended(reason); }},
        error);
    if (session) {
      session_ = session;
      return true;
    }
    const bool full = !sessions_.has_room();
    over_ = true;
    peer_->close(false);
    peer_.reset();
    signal_->send_error(full ? "busy" : "internal",
                        full ? "all lines are busy" : "the call could not be set up", "offer");
    signal_->call_ended(full ? "busy" : "error");
    return false;
  }

  // Of a name that the peer gave itself nobody knows whose it is.
  std::string caller() const {
    return request_.name_of_token ? callers::browser_identity(request_.name).value_or("") : "";
  }

  // The supervisor ends the session: what is being said may be said to its end.
  void end_in_order() {
    if (const auto session = session_.lock(); session && !peer_->end_streams())
      session->abort(session->state().reason());
  }

  // `at_once`: nothing has to be brought to its end.
  void finish(const std::string& reason, bool at_once) {
    if (std::exchange(over_, true)) return;
    const auto self = shared_from_this();
    const auto session = session_.lock();
    if (begun_) {
      post(meter_->report().release());
      post_ended(reason);
    }
    const bool ending = peer_ && peer_->close(!at_once && begun_);
    if (session && !ending) {
      session->abort(reason);
    } else if (session) {
      // Its streams have been ended; this sets the bound.
      session->end(reason, kLastWrites);
    }
    tell_end(reason);
  }

  void session_ended(const std::string& reason) {
    over_ = true;
    if (peer_) peer_->close(false);
    tell_end(reason);
  }

  void tell_end(const std::string& reason) {
    if (SignalPeer* signal = std::exchange(signal_, nullptr)) signal->call_ended(reason);
  }

  void tell(const GstStructure& message) {
    const char* event = event_of(message);
    if (!signal_ || over_ || !event) return;
    const JsonObjectPtr data = structure_to_json(message);
    if (g_str_equal(event, "transcript"))
      json_object_set_string_member(
          data.get(), "role",
          gst_structure_has_name(&message, "agentbrain/reply") ? "agent" : "caller");
    if (g_str_equal(event, "interrupted"))
      json_object_set_boolean_member(data.get(), "resumed",
                                     gst_structure_has_name(&message, "agentbrain/resumed"));
    signal_->send_event(event, to_text(data.get()));
  }

  void post(GstStructure* message) {
    GstElement* source = peer_->webrtcbin();
    gst_element_post_message(source, gst_message_new_element(GST_OBJECT(source), message));
  }

  void post_started(const ConnectionStats& stats) {
    const std::string from = request_.name.empty() ? request_.peer : request_.name;
    GstStructure* parameters = gst_structure_new_empty("parameters");
    const auto set = [&](const char* name, const std::string& value) {
      if (!value.empty())
        gst_structure_set(parameters, name, G_TYPE_STRING, value.c_str(), nullptr);
    };
    set("from", from);
    set("to", request_.line);
    set("peer", request_.peer);
    set("room", request_.room);
    set("address", stats.remote.address);
    set("connection", stats.remote.type);
    post(gst_structure_new("webrtc/call-started", "parameters", GST_TYPE_STRUCTURE, parameters,
                           nullptr));
    gst_structure_free(parameters);
  }

  void post_ended(const std::string& reason) {
    GstStructure* stats = stats_message(peer_->last_stats(), peer_->jitter());
    const gint64 duration = (g_get_monotonic_time() - began_) * 1000;
    post(gst_structure_new("webrtc/call-ended", "peer", G_TYPE_STRING, request_.peer.c_str(),
                           "reason", G_TYPE_STRING, reason.c_str(), "duration", G_TYPE_UINT64,
                           static_cast<guint64>(std::max<gint64>(0, duration)), "stats",
                           GST_TYPE_STRUCTURE, stats, nullptr));
    gst_structure_free(stats);
  }

  SessionManager& sessions_;
  const PeerSettings settings_;
  const CallRequest request_;
  SignalPeer* signal_;  // nullptr once it was told the end
  std::shared_ptr<WebRtcPeer> peer_;
  std::unique_ptr<LatencyMeter> meter_;
  std::weak_ptr<Session> session_;
  bool begun_ = false;
  bool over_ = false;
  gint64 began_ = 0;
};

class WebRtcCall final : public OfferingCall {
 public:
  explicit WebRtcCall(std::shared_ptr<Conversation> conversation)
      : conversation_(std::move(conversation)) {}
  ~WebRtcCall() override { conversation_->forsake(); }

  void start_offer() override { conversation_->start_offer(); }
  void remote(const Description& description) override {
    const auto keep = conversation_;  // the signalling may let go of us meanwhile
    keep->remote(description);
  }
  void remote(const Candidate& candidate) override {
    const auto keep = conversation_;
    keep->remote(candidate);
  }
  void hang_up(const std::string& reason) override {
    const auto keep = conversation_;
    keep->hang_up(reason);
  }

 private:
  std::shared_ptr<Conversation> conversation_;
};

}  // namespace

std::unique_ptr<OfferingCall> make_webrtc_call(SessionManager& sessions, PeerSettings settings,
                                               CallRequest request, SignalPeer& peer) {
  return std::make_unique<WebRtcCall>(
      std::make_shared<Conversation>(sessions, std::move(settings), std::move(request), peer));
}

}  // namespace jackfield::webrtc
