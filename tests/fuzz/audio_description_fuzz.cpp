// A session description as a peer sends it, behind a line with the mid that is wanted. What was
// taken reads the same when it was written anew, and nothing else of the peer's text is in it. Each
// line is a candidate too.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "webrtc/core/audio_description.hpp"
#include "webrtc/core/ice_text.hpp"

namespace {

using namespace jackfield::webrtc;

void require(bool ok) {
  if (!ok) std::abort();
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127; });
}

bool same(const AudioLine& a, const AudioLine& b) {
  return a.ufrag == b.ufrag && a.password == b.password && a.hash == b.hash &&
         a.fingerprint == b.fingerprint && a.setup == b.setup && a.payload_type == b.payload_type &&
         a.format == b.format && a.direction == b.direction && a.ssrc == b.ssrc &&
         a.packet_time == b.packet_time && a.candidates == b.candidates &&
         a.end_of_candidates == b.end_of_candidates;
}

// The lines that we write, and no others.
void check_written(std::string_view sdp, std::size_t sections) {
  require(sdp.ends_with("\r\n"));
  std::size_t media = 0;
  while (!sdp.empty()) {
    const std::size_t end = sdp.find("\r\n");
    const std::string_view line = sdp.substr(0, end);
    sdp.remove_prefix(end + 2);
    require(line.size() > 2 && line[1] == '=' && printable(line));
    media += line[0] == 'm';
    if (line[0] != 'a') continue;
    const auto name = line.substr(2, line.find(':') - std::min<std::size_t>(2, line.find(':')));
    static constexpr std::string_view kOurs[] = {"group",       "ice-options", "msid-semantic",
                                                 "rtcp",        "ice-ufrag",   "ice-pwd",
                                                 "fingerprint", "setup",       "mid",
                                                 "sendrecv",    "sendonly",    "recvonly",
                                                 "inactive",    "msid",        "rtcp-mux",
                                                 "rtpmap",      "fmtp",        "ptime",
                                                 "ssrc",        "candidate",   "end-of-candidates"};
    require(std::find(std::begin(kOurs), std::end(kOurs), name) != std::end(kOurs));
  }
  require(media == sections);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (usable_candidate(line)) require(printable(line) && line.size() <= 514);
  }
  const std::size_t first = std::min(text.find('\n'), size);
  const auto read = read_description(text.substr(std::min(first + 1, size)), text.substr(0, first));
  if (const auto* error = std::get_if<std::string>(&read)) {
    require(!error->empty() && printable(*error));
    return 0;
  }
  const auto& description = std::get<SessionDescription>(read);
  require(description.audio_line < description.lines.size() && description.lines.size() <= 16);
  require(description.audio.candidates.size() <= kMaxCandidates);
  const std::string sdp = write_description(description, 1, 2);
  check_written(sdp, description.lines.size());
  const std::string mid = description.lines[description.audio_line].mid;
  const auto again = read_description(sdp, mid);
  require(std::holds_alternative<SessionDescription>(again));
  const auto& second = std::get<SessionDescription>(again);
  require(second.audio_line == description.audio_line && same(second.audio, description.audio));
  require(write_description(second, 1, 2) == sdp);
  // As webrtcbin gets it.
  const auto alone = read_description(write_description(only_audio(description.audio, "0"), 1, 1));
  require(std::holds_alternative<SessionDescription>(alone));
  require(same(std::get<SessionDescription>(alone).audio, description.audio));
  return 0;
}
