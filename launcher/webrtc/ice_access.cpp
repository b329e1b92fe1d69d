#include "webrtc/ice_access.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "webrtc/turn_probe.hpp"

namespace jackfield::webrtc {
namespace {

bool is_relay(const IceServer& server) { return server.kind != IceServer::Kind::kStun; }

std::string transport_of(const IceServer& server) {
  if (server.kind == IceServer::Kind::kTurnTls) return "tls";
  return server.transport.empty() ? "udp" : server.transport;
}

}  // namespace

std::optional<IceAccess> IceAccess::make(const std::vector<std::string>& uris,
                                         TurnCredentials credentials, std::int64_t lifetime,
                                         std::string& error) {
  IceAccess access;
  for (const std::string& uri : uris) {
    auto server = parse_ice_server(uri);
    if (auto* why = std::get_if<std::string>(&server)) {
      error = std::move(*why);
      return std::nullopt;
    }
    access.configured_.push_back(std::get<IceServer>(std::move(server)));
  }
  const bool known =
      !credentials.secret.empty() || (!credentials.user.empty() && !credentials.password.empty());
  if (access.has_relays() && !known) {
    error =
        "a TURN server gives relays only to who has credentials, and none are set\n"
        "  write TURN_SECRET=... (coturn's static-auth-secret), or TURN_USER=... and "
        "TURN_PASSWORD=..., into a file .env";
    return std::nullopt;
  }
  access.credentials_ = std::move(credentials);
  access.lifetime_ = lifetime;
  return access;
}

bool IceAccess::has_relays() const {
  return std::any_of(configured_.begin(), configured_.end(), is_relay);
}

IceServers IceAccess::servers(const std::string& name, std::int64_t now) const {
  IceServers servers{configured_};
  for (IceServer& server : servers.servers) {
    if (!is_relay(server)) continue;
    if (credentials_.secret.empty()) {
      server.user = credentials_.user;
      server.password = credentials_.password.text();
    } else {
      server.user = turn_user(now + lifetime_, name);
      server.password = turn_password(credentials_.secret.text(), server.user);
    }
  }
  return servers;
}

std::vector<TurnServer> IceAccess::relays(std::int64_t now) const {
  std::vector<TurnServer> relays;
  for (const IceServer& server : servers("probe", now).servers) {
    if (is_relay(server))
      relays.push_back({.host = server.host,
                        .port = server.port,
                        .transport = transport_of(server),
                        .user = server.user,
                        .password = server.password});
  }
  return relays;
}

}  // namespace jackfield::webrtc
