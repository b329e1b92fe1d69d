#include "webrtc/access_token.hpp"

#include "text/constant_time.hpp"
#include "text/hmac.hpp"
#include "webrtc/core/signal_message.hpp"

namespace jackfield::webrtc {
namespace {

// Keeps what is signed here apart from all else that the secret may sign.
constexpr char kPurpose[] = "jackfield signalling token 1\n";

std::string sign(const Secret& secret, std::string_view content) {
  return hmac_sha256(secret.text(), kPurpose + std::string{content});
}

}  // namespace

std::string issue_token(const Secret& secret, const AccessClaims& claims) {
  const std::string content = encode_claims(claims);
  return content + "." + sign(secret, content);
}

std::optional<AccessClaims> check_token(const Secret& secret, std::string_view token,
                                        std::int64_t now) {
  const std::size_t dot = token.rfind('.');
  if (secret.empty() || token.size() > kMaxToken || dot == std::string_view::npos)
    return std::nullopt;
  const std::string_view content = token.substr(0, dot);
  if (!equal_in_constant_time(sign(secret, content), token.substr(dot + 1))) return std::nullopt;
  auto claims = decode_claims(content);
  if (!claims || claims->expires < now) return std::nullopt;
  return claims;
}

}  // namespace jackfield::webrtc
