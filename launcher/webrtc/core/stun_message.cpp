#include "webrtc/core/stun_message.hpp"

#include <algorithm>
#include <string_view>

namespace jackfield::webrtc {
namespace {

constexpr std::array<std::uint8_t, 4> kCookie{0x21, 0x12, 0xA4, 0x42};
constexpr std::uint16_t kSuccess = 0x0100, kError = 0x0110;
constexpr std::uint8_t kUdp = 17;  // protocol number of IANA
constexpr std::size_t kHmacLength = 20;

enum Attribute : std::uint16_t {
  kUser = 0x0006,
  kIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kLifetime = 0x000D,
  kRealm = 0x0014,
  kNonce = 0x0015,
  kRelayedAddress = 0x0016,
  kRequestedTransport = 0x0019,
};

void put16(Bytes& bytes, std::size_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

std::size_t get16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return std::size_t{bytes[at]} << 8 | bytes[at + 1];
}

void set_length(Bytes& message, std::size_t length) {
  message[2] = static_cast<std::uint8_t>(length >> 8);
  message[3] = static_cast<std::uint8_t>(length);
}

void put(Bytes& message, Attribute type, std::span<const std::uint8_t> value) {
  put16(message, type);
  put16(message, value.size());
  message.insert(message.end(), value.begin(), value.end());
  while (message.size() % 4 != 0) message.push_back(0);
}

void put(Bytes& message, Attribute type, const std::string& text) {
  put(message, type, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::string text_of(std::span<const std::uint8_t> value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

// For people: what a server says goes to a terminal.
std::string printable(std::span<const std::uint8_t> value) {
  constexpr std::size_t kMost = 120;
  std::string text = text_of(value.first(std::min(value.size(), kMost)));
  std::erase_if(text, [](char c) { return c < ' ' || c > '~'; });
  return text;
}

bool take(Attribute type, std::span<const std::uint8_t> value, StunReply& reply) {
  switch (type) {
    case kErrorCode:
      if (value.size() < 4) return false;
      reply.error = (value[2] & 7U) * 100 + value[3] % 100U;
      reply.reason = printable(value.subspan(4));
      break;
    case kRealm:
      reply.realm = text_of(value);
      break;
    case kNonce:
      reply.nonce = text_of(value);
      break;
    case kRelayedAddress:
      reply.relay_address = true;
      break;
    default:
      break;
  }
  return true;
}

}  // namespace

Bytes stun_request(StunMethod method, const Transaction& transaction,
                   const StunSignature* signature) {
  Bytes message;
  put16(message, static_cast<std::uint16_t>(method));
  put16(message, 0);
  message.insert(message.end(), kCookie.begin(), kCookie.end());
  message.insert(message.end(), transaction.begin(), transaction.end());
  if (method == StunMethod::kAllocate)
    put(message, kRequestedTransport, std::array<std::uint8_t, 4>{kUdp, 0, 0, 0});
  else
    put(message, kLifetime, std::array<std::uint8_t, 4>{0, 0, 0, 0});
  if (signature) {
    put(message, kUser, signature->user);
    put(message, kRealm, signature->realm);
    put(message, kNonce, signature->nonce);
    // It is signed with the length that it has with the signature.
    set_length(message, message.size() - kStunHead + 4 + kHmacLength);
    put(message, kIntegrity, signature->hmac(signature->key, message));
  }
  set_length(message, message.size() - kStunHead);
  return message;
}

std::optional<std::size_t> stun_length(std::span<const std::uint8_t> head) {
  if (head.size() < kStunHead || head[0] >= 0x40 ||
      !std::equal(kCookie.begin(), kCookie.end(), head.begin() + 4))
    return std::nullopt;
  const std::size_t length = get16(head, 2);
  if (length % 4 != 0) return std::nullopt;
  return kStunHead + length;
}

std::optional<StunReply> read_stun_reply(std::span<const std::uint8_t> message, StunMethod method,
                                         const Transaction& transaction) {
  const auto length = stun_length(message);
  if (!length || *length != message.size()) return std::nullopt;
  if (!std::equal(transaction.begin(), transaction.end(), message.begin() + 8)) return std::nullopt;
  const std::size_t type = get16(message, 0);
  StunReply reply;
  reply.success = type == (kSuccess | static_cast<std::size_t>(method));
  if (!reply.success && type != (kError | static_cast<std::size_t>(method))) return std::nullopt;
  for (std::size_t at = kStunHead; at < message.size();) {
    if (message.size() - at < 4) return std::nullopt;
    const std::size_t size = get16(message, at + 2);
    if (message.size() - at - 4 < size) return std::nullopt;
    const auto attribute = static_cast<Attribute>(get16(message, at));
    if (!take(attribute, message.subspan(at + 4, size), reply)) return std::nullopt;
    at += 4 + (size + 3) / 4 * 4;
  }
  if (!reply.success && reply.error < 300) return std::nullopt;
  return reply;
}

}  // namespace jackfield::webrtc
