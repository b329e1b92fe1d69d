#include "webrtc/core/sdp_fragment.hpp"

#include <optional>
#include <utility>

#include "webrtc/core/ice_text.hpp"
#include "webrtc/core/sdp_sections.hpp"

namespace jackfield::webrtc {
namespace {

using sdp::Section;

// Credentials that stand at a media line go before those of all.
std::optional<std::string> read_credentials(const sdp::Sections& sections, SdpFragment& fragment) {
  const Section* from = &sections.session;
  for (const Section& section : sections.media) {
    if (!section.find("ice-ufrag") && !section.find("ice-pwd")) continue;
    from = &section;
    break;
  }
  const auto ufrag = from->find("ice-ufrag");
  const auto password = from->find("ice-pwd");
  if (!ufrag && !password) return std::nullopt;
  if (!ufrag || !password) return "of ICE's ufrag and pwd one is missing";
  if (!usable_ice_credentials(*ufrag, *password)) return "ICE's ufrag or pwd is malformed";
  fragment.ufrag = *ufrag;
  fragment.password = *password;
  return std::nullopt;
}

}  // namespace

std::variant<SdpFragment, std::string> read_fragment(std::string_view text) {
  sdp::Sections sections;
  if (auto error = sdp::split(text, sections)) return *error;
  SdpFragment fragment;
  if (auto error = read_credentials(sections, fragment)) return *error;
  std::size_t candidates = 0;
  const auto read = [&](const Section& section) {
    for (const sdp::Attribute& a : section.attributes) {
      if (a.name == "end-of-candidates") fragment.end_of_candidates = true;
      if (a.name != "candidate" || ++candidates > kMaxCandidates) continue;
      std::string candidate = "candidate:" + std::string{a.value};
      if (usable_candidate(candidate)) fragment.candidates.push_back(std::move(candidate));
    }
  };
  read(sections.session);
  for (const Section& section : sections.media) read(section);
  if (candidates > kMaxCandidates)
    return "it has more than " + std::to_string(kMaxCandidates) + " candidates";
  if (candidates == 0 && fragment.ufrag.empty() && !fragment.end_of_candidates)
    return "it has neither candidates nor ICE's ufrag and pwd";
  return fragment;
}

std::string write_fragment(const SessionDescription& description) {
  const MediaLine& own = description.lines[description.audio_line];
  const AudioLine& audio = description.audio;
  std::string out = "a=ice-options:trickle\r\n";
  if (!own.mid.empty()) out += "a=group:BUNDLE " + own.mid + "\r\n";
  out += "m=audio 9 " + own.protocol + " " + std::to_string(audio.payload_type) + "\r\n";
  if (!own.mid.empty()) out += "a=mid:" + own.mid + "\r\n";
  out += "a=ice-ufrag:" + audio.ufrag + "\r\na=ice-pwd:" + audio.password + "\r\n";
  for (const std::string& candidate : audio.candidates) out += "a=" + candidate + "\r\n";
  if (audio.end_of_candidates) out += "a=end-of-candidates\r\n";
  return out;
}

}  // namespace jackfield::webrtc
