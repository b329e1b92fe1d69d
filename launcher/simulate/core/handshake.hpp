// The opening handshake of a WebSocket (RFC 6455, section 4) as Twilio performs it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jackfield::simulate {

struct HandshakeRequest {
  std::string host;       // with the port unless it is the scheme's own
  std::string path;       // with a leading slash
  std::string key;        // base64 of 16 random bytes
  std::string signature;  // X-Twilio-Signature; empty: none is sent
};
// Exactly Twilio's header fields: no Origin, no sub-protocol, no extension.
std::string handshake_request(const HandshakeRequest& request);

inline constexpr std::size_t kMaxHandshakeBytes = 16 * 1024;

struct HandshakeReply {
  std::size_t length = 0;  // bytes of the reply; what follows are frames
  int status = 0;
  std::string error;  // empty: the stream is open
};
// Nothing while the reply is not complete. `accept`: what Sec-WebSocket-Accept must say.
std::optional<HandshakeReply> parse_handshake_reply(std::string_view bytes,
                                                    std::string_view accept);

}  // namespace jackfield::simulate
