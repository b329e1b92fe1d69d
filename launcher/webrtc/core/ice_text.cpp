#include "webrtc/core/ice_text.hpp"

#include <cstdint>

#include "webrtc/core/sdp_text.hpp"

namespace jackfield::webrtc {
namespace {

using namespace sdp;

constexpr std::size_t kMaxCandidateSize = 512;  // the longest real ones have 200
constexpr std::size_t kMaxCredential = 256;     // RFC 8839, section 5.4

bool is_ice_char(char c) { return is_digit(c) || is_letter(c) || c == '+' || c == '/'; }

bool is_address(std::string_view text) {
  if (text.find(':') != std::string_view::npos)
    return text.size() <= 45 &&
           all_of(text, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  unsigned parts = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view part = take(rest, '.');
    const auto value = number<unsigned>(part);
    if (part.size() > 3 || !value || *value > 255) return false;
    ++parts;
  }
  return parts == 4 && !text.ends_with('.');
}

bool is_mdns_name(std::string_view text) {
  return text.size() > 6 && text.size() <= 255 && text.ends_with(".local") &&
         all_of(text.substr(0, text.size() - 6),
                [](char c) { return is_digit(c) || is_letter(c) || c == '-'; });
}

}  // namespace

bool usable_ice_credentials(std::string_view ufrag, std::string_view password) {
  return ufrag.size() >= 4 && ufrag.size() <= kMaxCredential && all_of(ufrag, is_ice_char) &&
         password.size() >= 22 && password.size() <= kMaxCredential &&
         all_of(password, is_ice_char);
}

bool usable_candidate(std::string_view candidate) {
  if (candidate.starts_with("a=")) candidate.remove_prefix(2);
  if (!candidate.starts_with("candidate:") || candidate.size() > kMaxCandidateSize) return false;
  candidate.remove_prefix(10);
  if (!all_of(candidate, [](char c) { return is_token_char(c) || c == ' '; })) return false;
  // foundation component transport priority address port "typ" type (RFC 8839, section 5.1)
  const std::string_view foundation = take(candidate, ' ');
  const auto component = number<unsigned>(take(candidate, ' '));
  const std::string_view transport = take(candidate, ' ');
  const auto priority = number<std::uint32_t>(take(candidate, ' '));
  const std::string_view address = take(candidate, ' ');
  const auto port = number<unsigned>(take(candidate, ' '));
  const std::string_view typ = take(candidate, ' ');
  const std::string_view type = take(candidate, ' ');
  return !foundation.empty() && foundation.size() <= 32 && component && *component >= 1 &&
         *component <= 256 && (same_word(transport, "udp") || same_word(transport, "tcp")) &&
         priority && (is_address(address) || is_mdns_name(address)) && port && *port <= 65535 &&
         typ == "typ" && (type == "host" || type == "srflx" || type == "prflx" || type == "relay");
}

}  // namespace jackfield::webrtc
