// Descriptions and candidates, of the peer and of webrtcbin.
#include <nice/agent.h>

#include <utility>

#include "webrtc/core/ice_text.hpp"
#include "webrtc/webrtc_peer.hpp"
#include "webrtc/webrtc_peer_callbacks.hpp"

namespace jackfield::webrtc {
namespace {

constexpr char kMid[] = "audio";  // of the one line that webrtcbin sees
constexpr std::size_t kMaxQueued = 4;
constexpr unsigned kUsualPacketTime = 20;  // ms
// A peer has a few per network; what comes beyond is a flood.
constexpr std::size_t kMaxRemoteCandidates = 100;

const char* name_of(Description::Type type) {
  return type == Description::Type::kOffer ? "offer" : "answer";
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
  outgoing_->set_wanted(receives(answer.description.audio.direction));
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
  audio.packet_time = 0;
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
  // As short as ours are the packets we would like to get; the usual ones need no word.
  if (const unsigned ours = outgoing_->packet_time(); ours < kUsualPacketTime)
    audio.packet_time = ours;
  if (lines_.lines.empty()) lines_ = only_audio(audio, "0");
  SessionDescription told = lines_;
  told.audio = std::move(audio);
  awaits_answer_ = type == Description::Type::kOffer;
  if (!awaits_answer_) outgoing_->set_wanted(sends(told.audio.direction));
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

}  // namespace jackfield::webrtc
