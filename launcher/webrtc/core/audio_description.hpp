// The one audio line of a WebRTC session description (SDP, RFC 8866 and RFC 8829). What comes from
// a peer is read into these values and written anew, so that nothing else of it reaches webrtcbin,
// which aborts the process for some descriptions (one without a=mid, or with another mid than
// before). Audio only: every other line is rejected. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jackfield::webrtc {

// What is said about the audio line: transport, codec, direction.
struct AudioLine {
  enum class Direction { kSendRecv, kSendOnly, kRecvOnly, kInactive };

  std::string ufrag, password;    // of ICE
  std::string hash, fingerprint;  // of the certificate: "sha-256", "AB:CD:..."
  std::string setup = "actpass";  // who begins with DTLS: actpass, active, passive
  unsigned payload_type = 111;    // of Opus
  std::string format = "minptime=10;useinbandfec=1";  // the parameters of Opus
  Direction direction = Direction::kSendRecv;
  unsigned packet_time = 0;  // ms of sound in a packet that it would like to get; 0: not said
  std::optional<std::uint32_t> ssrc;
  // "candidate:...", at most kMaxCandidates.
  std::vector<std::string> candidates;
  bool end_of_candidates = false;
};

// Of the side whose description it is.
constexpr bool sends(AudioLine::Direction direction) {
  return direction == AudioLine::Direction::kSendRecv ||
         direction == AudioLine::Direction::kSendOnly;
}
constexpr bool receives(AudioLine::Direction direction) {
  return direction == AudioLine::Direction::kSendRecv ||
         direction == AudioLine::Direction::kRecvOnly;
}

inline constexpr std::size_t kMaxCandidates = 64;

// A line as it stands in the peer's description; an answer has to have the same lines in order.
struct MediaLine {
  std::string media, protocol, formats, mid;  // "audio", "UDP/TLS/RTP/SAVPF", "111 63", "0"
};

struct SessionDescription {
  AudioLine audio;
  std::vector<MediaLine> lines;
  std::size_t audio_line = 0;  // index in `lines`
};

// Reads an offer or an answer. In one with several audio lines the one with the mid `wanted`
// counts, otherwise the first that has Opus and is not rejected. On failure what is wrong with it,
// for people.
std::variant<SessionDescription, std::string> read_description(std::string_view sdp,
                                                               std::string_view wanted = {});

// `session` and `version` are those of the line o=; the version grows with each description.
std::string write_description(const SessionDescription& description, std::uint64_t session,
                              unsigned version);

// A description that write_description() has made, with our candidates at its media line `line`,
// and that there will be no more of them.
std::string add_candidates(std::string_view sdp, std::size_t line,
                           const std::vector<std::string>& candidates);

// A description with the audio line alone, under the mid `mid`.
SessionDescription only_audio(const AudioLine& audio, std::string mid);

}  // namespace jackfield::webrtc
