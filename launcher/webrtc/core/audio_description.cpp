#include "webrtc/core/audio_description.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "webrtc/core/ice_text.hpp"
#include "webrtc/core/sdp_sections.hpp"
#include "webrtc/core/sdp_text.hpp"

namespace jackfield::webrtc {
namespace {

using namespace sdp;

constexpr unsigned kMaxPacketTime = 120;  // ms, of Opus

// What is wrong with how it begins.
std::optional<std::string> wrong_begin(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    // A line of no form is told of as such.
    if (line == "v=0" || line.size() < 2 || line[1] != '=') return std::nullopt;
    return "it does not begin with v=0";
  }
  return "it is empty";
}

struct Opus {
  unsigned payload_type;
  std::string_view parameters;
};

bool has_format(const Section& section, std::string_view type) {
  std::string_view rest = section.formats;
  while (!rest.empty()) {
    if (take(rest, ' ') == type) return true;
  }
  return false;
}

std::optional<Opus> opus_of(const Section& section) {
  for (const Attribute& a : section.attributes) {
    if (a.name != "rtpmap") continue;
    std::string_view codec = a.value;
    const std::string_view type = take(codec, ' ');
    const auto payload_type = number<unsigned>(type);
    if (!payload_type || *payload_type > 127 || !same_word(codec, "opus/48000/2") ||
        !has_format(section, type))
      continue;
    Opus opus{*payload_type, {}};
    for (const Attribute& f : section.attributes) {
      std::string_view parameters = f.value;
      if (f.name == "fmtp" && take(parameters, ' ') == type) opus.parameters = parameters;
    }
    return opus;
  }
  return std::nullopt;
}

std::optional<std::size_t> choose(const Sections& sections, std::string_view wanted) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < sections.media.size(); ++i) {
    const Section& section = sections.media[i];
    if (section.media != "audio" || section.port == 0 || !opus_of(section)) continue;
    if (!wanted.empty() && section.mid() == wanted) return i;
    if (!first) first = i;
  }
  return first;
}

// Why there is no audio line that can be used.
std::string no_audio(const Sections& sections) {
  bool audio = false;
  bool open = false;
  for (const Section& section : sections.media) {
    audio = audio || section.media == "audio";
    open = open || (section.media == "audio" && section.port != 0);
  }
  if (!audio) return "it has no audio line (m=audio)";
  return open ? "the audio line has no Opus (opus/48000/2)" : "the audio line is rejected (port 0)";
}

bool is_fingerprint(std::string_view text) {
  if (text.size() < 20 * 3 - 1 || text.size() > 64 * 3 - 1 || text.size() % 3 != 2) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 == 2 ? text[i] != ':' : !is_hex(text[i])) return false;
  }
  return true;
}

// Weaker hashes than those of RFC 8122 are refused.
bool is_hash(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kHashes{"sha-256", "sha-384", "sha-512"};
  return std::any_of(kHashes.begin(), kHashes.end(),
                     [&](std::string_view hash) { return same_word(hash, name); });
}

// "name=value;name=value" without anything that could end the line or begin another.
bool is_format_text(std::string_view text) {
  return text.size() <= 256 && all_of(text, [](char c) {
           return is_digit(c) || is_letter(c) ||
                  std::string_view{"=;-_.,/ "}.find(c) != std::string_view::npos;
         });
}

std::optional<std::string> read_transport(const Section& session, const Section& section,
                                          AudioLine& audio) {
  const auto find = [&](std::string_view name) {
    const auto own = section.find(name);
    return own ? own : session.find(name);
  };
  const std::string_view ufrag = find("ice-ufrag").value_or("");
  const std::string_view password = find("ice-pwd").value_or("");
  if (ufrag.empty() || password.empty()) return "ICE's ufrag and pwd are missing";
  if (!usable_ice_credentials(ufrag, password)) return "ICE's ufrag or pwd is malformed";
  audio.ufrag = ufrag;
  audio.password = password;

  std::string_view fingerprint;
  std::string_view hash;
  bool any = false;
  for (const Section* from : {&section, &session}) {
    for (const Attribute& a : from->attributes) {
      if (a.name != "fingerprint") continue;
      any = true;
      std::string_view value = a.value;
      const std::string_view name = take(value, ' ');
      if (hash.empty() && is_hash(name) && is_fingerprint(value)) {
        hash = name;
        fingerprint = value;
      }
    }
  }
  if (hash.empty())
    return any ? "no fingerprint in it is a valid one of SHA-256 or better"
               : "the fingerprint of DTLS is missing: only encrypted calls are taken";
  audio.hash = hash;
  audio.fingerprint = fingerprint;
  audio.setup = find("setup").value_or("actpass");
  if (audio.setup != "actpass" && audio.setup != "active" && audio.setup != "passive")
    return "a=setup says neither actpass nor active nor passive";
  if (!section.find("rtcp-mux"))
    return "RTCP on a port of its own (no a=rtcp-mux) is not supported";
  return std::nullopt;
}

AudioLine::Direction direction_of(const Section& session, const Section& section) {
  using Direction = AudioLine::Direction;
  for (const Section* from : {&section, &session}) {
    if (from->find("sendrecv")) return Direction::kSendRecv;
    if (from->find("sendonly")) return Direction::kSendOnly;
    if (from->find("recvonly")) return Direction::kRecvOnly;
    if (from->find("inactive")) return Direction::kInactive;
  }
  return Direction::kSendRecv;
}

const char* name_of(AudioLine::Direction direction) {
  switch (direction) {
    case AudioLine::Direction::kSendRecv:
      return "sendrecv";
    case AudioLine::Direction::kSendOnly:
      return "sendonly";
    case AudioLine::Direction::kRecvOnly:
      return "recvonly";
    case AudioLine::Direction::kInactive:
      break;
  }
  return "inactive";
}

void read_details(const Section& section, AudioLine& audio) {
  for (const Attribute& a : section.attributes) {
    if (a.name == "candidate" && audio.candidates.size() < kMaxCandidates) {
      std::string candidate = "candidate:" + std::string{a.value};
      if (usable_candidate(candidate)) audio.candidates.push_back(std::move(candidate));
    } else if (a.name == "ssrc" && !audio.ssrc) {
      std::string_view value = a.value;
      audio.ssrc = number<std::uint32_t>(take(value, ' '));
    } else if (a.name == "ptime") {
      const auto time = number<unsigned>(a.value);
      if (time && *time <= kMaxPacketTime) audio.packet_time = *time;
    } else if (a.name == "end-of-candidates") {
      audio.end_of_candidates = true;
    }
  }
}

void write_candidates(std::string& out, const std::vector<std::string>& candidates, bool all) {
  for (const std::string& candidate : candidates) out += "a=" + candidate + "\r\n";
  if (all) out += "a=end-of-candidates\r\n";
}

void write_audio(std::string& out, const AudioLine& audio, const std::string& mid,
                 const std::string& protocol) {
  const std::string type = std::to_string(audio.payload_type);
  out += "m=audio 9 " + protocol + " " + type + "\r\n";
  out += "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n";
  out += "a=ice-ufrag:" + audio.ufrag + "\r\na=ice-pwd:" + audio.password + "\r\n";
  out += "a=fingerprint:" + audio.hash + " " + audio.fingerprint + "\r\n";
  out += "a=setup:" + audio.setup + "\r\n";
  if (!mid.empty()) out += "a=mid:" + mid + "\r\n";
  out +=
      "a=" + std::string{name_of(audio.direction)} + "\r\na=msid:jackfield voice\r\na=rtcp-mux\r\n";
  out += "a=rtpmap:" + type + " opus/48000/2\r\n";
  if (!audio.format.empty()) out += "a=fmtp:" + type + " " + audio.format + "\r\n";
  if (audio.packet_time > 0) out += "a=ptime:" + std::to_string(audio.packet_time) + "\r\n";
  if (audio.ssrc) out += "a=ssrc:" + std::to_string(*audio.ssrc) + " cname:jackfield\r\n";
  write_candidates(out, audio.candidates, audio.end_of_candidates);
}

void write_rejected(std::string& out, const MediaLine& line) {
  out += "m=" + line.media + " 0 " + line.protocol + " " + line.formats + "\r\n";
  out += "c=IN IP4 0.0.0.0\r\na=inactive\r\n";
  if (!line.mid.empty()) out += "a=mid:" + line.mid + "\r\n";
}

}  // namespace

std::variant<SessionDescription, std::string> read_description(std::string_view sdp,
                                                               std::string_view wanted) {
  if (auto error = wrong_begin(sdp)) return *error;
  Sections sections;
  if (auto error = split(sdp, sections)) return *error;
  const auto index = choose(sections, wanted);
  if (!index) return no_audio(sections);
  const Section& section = sections.media[*index];
  if (!section.protocol.ends_with("TLS/RTP/SAVPF") && section.protocol != "RTP/SAVPF")
    return "the audio line's protocol is not that of WebRTC (UDP/TLS/RTP/SAVPF)";
  SessionDescription description;
  description.audio_line = *index;
  for (const Section& s : sections.media) {
    const std::string_view mid = s.mid();
    if (!mid.empty() && (mid.size() > 32 || !all_of(mid, is_token_char)))
      return "a mid is malformed";
    description.lines.push_back(
        {std::string{s.media}, std::string{s.protocol}, std::string{s.formats}, std::string{mid}});
  }
  AudioLine& audio = description.audio;
  if (auto error = read_transport(sections.session, section, audio)) return *error;
  const Opus opus = *opus_of(section);
  audio.payload_type = opus.payload_type;
  audio.format = is_format_text(opus.parameters) ? opus.parameters : "";
  audio.direction = direction_of(sections.session, section);
  read_details(section, audio);
  return description;
}

std::string write_description(const SessionDescription& description, std::uint64_t session,
                              unsigned version) {
  std::string out = "v=0\r\no=- " + std::to_string(session) + " " + std::to_string(version) +
                    " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
  const MediaLine& own = description.lines[description.audio_line];
  if (!own.mid.empty()) out += "a=group:BUNDLE " + own.mid + "\r\n";
  out += "a=ice-options:trickle\r\na=msid-semantic: WMS *\r\n";
  for (std::size_t i = 0; i < description.lines.size(); ++i) {
    if (i == description.audio_line) {
      write_audio(out, description.audio, own.mid, own.protocol);
    } else {
      write_rejected(out, description.lines[i]);
    }
  }
  return out;
}

std::string add_candidates(std::string_view sdp, std::size_t line,
                           const std::vector<std::string>& candidates) {
  std::size_t end = 0;
  for (std::size_t passed = 0; passed < line + 2 && end < sdp.size(); ++passed) {
    const std::size_t next = sdp.find("\r\nm=", end);
    end = next == std::string_view::npos ? sdp.size() : next + 2;
  }
  std::string out{sdp.substr(0, end)};
  write_candidates(out, candidates, true);
  out += sdp.substr(end);
  return out;
}

SessionDescription only_audio(const AudioLine& audio, std::string mid) {
  SessionDescription description;
  description.audio = audio;
  description.lines.push_back(
      {"audio", "UDP/TLS/RTP/SAVPF", std::to_string(audio.payload_type), std::move(mid)});
  return description;
}

}  // namespace jackfield::webrtc
