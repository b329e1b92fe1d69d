// Tokens that let a peer join: what they permit, and a signature over it. Whoever has the secret
// can make and check them; nothing is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/secret.hpp"
#include "webrtc/core/access_claims.hpp"

namespace jackfield::webrtc {

inline constexpr char kTokenSecretVariable[] = "JACKFIELD_TOKEN_SECRET";
inline constexpr std::size_t kMinTokenSecret = 16;  // characters

std::string issue_token(const Secret& secret, const AccessClaims& claims);
// nullopt when the token was not made with this secret, or has expired at `now` (Unix time, s).
std::optional<AccessClaims> check_token(const Secret& secret, std::string_view token,
                                        std::int64_t now);

}  // namespace jackfield::webrtc
