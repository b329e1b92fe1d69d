// The STUN and TURN servers of calls as they are configured, with the credentials that TURN wants.
// Main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/secret.hpp"
#include "webrtc/core/ice_servers.hpp"
#include "webrtc/core/turn_inquiry.hpp"

namespace jackfield::webrtc {

// Either the secret that is shared with the server, which gives each call a user and a password of
// its own; or one user and one password for all.
struct TurnCredentials {
  Secret secret;
  std::string user;
  Secret password;
};

class IceAccess {
 public:
  // `uris` as parse_ice_server() takes them. Users made from the secret are good for `lifetime`
  // seconds. nullopt and a text for the user when a URI is wrong, or a TURN server has no
  // credentials.
  static std::optional<IceAccess> make(const std::vector<std::string>& uris,
                                       TurnCredentials credentials, std::int64_t lifetime,
                                       std::string& error);

  bool has_relays() const;
  // For a call, or a peer; `name` becomes part of the user. `now`: Unix time, s.
  IceServers servers(const std::string& name, std::int64_t now) const;
  // Each way to each TURN server, to be asked whether it works.
  std::vector<TurnServer> relays(std::int64_t now) const;

 private:
  std::vector<IceServer> configured_;
  TurnCredentials credentials_;
  std::int64_t lifetime_ = 0;
};

}  // namespace jackfield::webrtc
