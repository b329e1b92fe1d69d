// The few messages of STUN and TURN that ask a TURN server for a relay (RFC 5389, RFC 5766). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jackfield::webrtc {

using Bytes = std::vector<std::uint8_t>;
using Transaction = std::array<std::uint8_t, 12>;
// HMAC-SHA1, which is not pure C++'s to have.
using HmacSha1 = std::function<std::array<std::uint8_t, 20>(std::span<const std::uint8_t> key,
                                                            std::span<const std::uint8_t> data)>;

enum class StunMethod : std::uint16_t { kAllocate = 3, kRefresh = 4 };

// What signs a request. The key is the MD5 of "user:realm:password".
struct StunSignature {
  std::string user, realm, nonce;
  std::array<std::uint8_t, 16> key{};
  HmacSha1 hmac;
};

// Allocate asks for a relay over UDP; Refresh gives it up. `signature` may be nullptr.
Bytes stun_request(StunMethod method, const Transaction& transaction,
                   const StunSignature* signature);

struct StunReply {
  bool success = false;
  unsigned error = 0;        // of RFC 5389 and 5766, 300 to 699; 0: none
  std::string reason;        // of the error, as the server words it; no control characters
  std::string realm, nonce;  // to sign with
  bool relay_address = false;
};

// The length of the message that begins with these 20 bytes; nullopt: it is none.
inline constexpr std::size_t kStunHead = 20;
std::optional<std::size_t> stun_length(std::span<const std::uint8_t> head);

// nullopt: not a reply to this request, or malformed.
std::optional<StunReply> read_stun_reply(std::span<const std::uint8_t> message, StunMethod method,
                                         const Transaction& transaction);

}  // namespace jackfield::webrtc
