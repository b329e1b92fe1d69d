// STUN and TURN servers as they are written in a configuration, and what is made of them: addresses
// for webrtcbin, RTCIceServer objects for browsers. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jackfield::webrtc {

struct IceServer {
  enum class Kind { kStun, kTurn, kTurnTls };
  Kind kind = Kind::kStun;
  std::string host;  // a name or a number, IPv6 without brackets
  unsigned port = 3478;
  std::string transport;       // "udp", "tcp"; "": both (TURN), or of no account
  std::string user, password;  // of TURN, long-term credentials

  std::string uri() const;  // "turn:HOST:PORT?transport=udp"
};

struct IceServers {
  std::vector<IceServer> servers;

  // webrtcbin takes one: the first. "" for none.
  std::string stun_uri() const;
  std::vector<std::string> turn_uris() const;
  // A JSON array of RTCIceServer.
  std::string json() const;
};

// "stun:HOST[:PORT]", "turn:HOST[:PORT][?transport=udp|tcp]", "turns:..." (RFC 7064, RFC 7065). The
// error is for people.
std::variant<IceServer, std::string> parse_ice_server(std::string_view uri);

// The user name of a credential that ends at `expires` (Unix time, s), for `name`: what coturn's
// use-auth-secret expects (draft-uberti-behave-turn-rest-00).
std::string temporary_user(std::int64_t expires, std::string_view name);

}  // namespace jackfield::webrtc
