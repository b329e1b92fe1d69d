// What a token of `jackfield token` permits, as the text that is signed: a JSON object in base64url
// (RFC 4648, section 5, without padding). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::webrtc {

struct AccessClaims {
  std::string line;
  std::string room;  // "": any
  std::string name;  // of the peer, "": as it says itself
  bool listen_only = false;
  std::int64_t expires = 0;  // Unix time, s
  bool operator==(const AccessClaims&) const = default;
};

std::string encode_claims(const AccessClaims& claims);
std::optional<AccessClaims> decode_claims(std::string_view text);

// "90", "90s", "15m", "1h", "7d" in seconds; nullopt for anything else, for nothing, and for more
// than a year.
std::optional<std::int64_t> parse_validity(std::string_view text);

}  // namespace jackfield::webrtc
