#include "webrtc/core/ice_servers.hpp"

#include <algorithm>
#include <charconv>

#include "url_query.hpp"

namespace jackfield::webrtc {
namespace {

constexpr unsigned kStunPort = 3478;
constexpr unsigned kTlsPort = 5349;

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string json_text(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20) {
      out += {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string host_and_port(const IceServer& server) {
  const bool ipv6 = server.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port);
}

const char* scheme_of(IceServer::Kind kind) {
  switch (kind) {
    case IceServer::Kind::kStun:
      return "stun";
    case IceServer::Kind::kTurn:
      return "turn";
    case IceServer::Kind::kTurnTls:
      break;
  }
  return "turns";
}

std::string query_of(const IceServer& server) {
  return server.transport.empty() ? "" : "?transport=" + server.transport;
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 &&
         std::all_of(host.begin(), host.end(), [](char c) { return is_unreserved(c) || c == ':'; });
}

std::string wrong(std::string_view uri, const std::string& why) {
  return "'" + std::string{uri} + "' is no ICE server: " + why +
         "; it looks like stun:stun.example.org:3478 or turn:turn.example.org?transport=udp";
}

}  // namespace

std::variant<IceServer, std::string> parse_ice_server(std::string_view uri) {
  IceServer server;
  std::string_view rest = uri;
  const std::size_t colon = rest.find(':');
  const std::string_view scheme = rest.substr(0, colon);
  if (colon == std::string_view::npos ||
      (scheme != "stun" && scheme != "turn" && scheme != "turns"))
    return wrong(uri, "it begins with stun:, turn: or turns:");
  server.kind = scheme == "stun"   ? IceServer::Kind::kStun
                : scheme == "turn" ? IceServer::Kind::kTurn
                                   : IceServer::Kind::kTurnTls;
  server.port = server.kind == IceServer::Kind::kTurnTls ? kTlsPort : kStunPort;
  rest.remove_prefix(colon + 1);
  if (const std::size_t question = rest.find('?'); question != std::string_view::npos) {
    const std::string_view query = rest.substr(question + 1);
    rest = rest.substr(0, question);
    if (server.kind == IceServer::Kind::kStun ||
        (query != "transport=udp" && query != "transport=tcp"))
      return wrong(uri, "after the ? stands transport=udp or transport=tcp, of TURN only");
    server.transport = query.substr(10);
  }
  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return wrong(uri, "the ] is missing");
    server.host = rest.substr(1, end - 1);
    rest = rest.substr(end + 1);
    if (!rest.empty() && rest[0] != ':') return wrong(uri, "behind ] stands the port");
    if (!rest.empty()) port = rest.substr(1);
    if (!rest.empty() && port.empty()) return wrong(uri, "the port is missing");
  } else if (const std::size_t last = rest.rfind(':'); last != std::string_view::npos) {
    server.host = rest.substr(0, last);
    port = rest.substr(last + 1);
    if (port.empty()) return wrong(uri, "the port is missing");
    if (server.host.find(':') != std::string::npos)
      return wrong(uri, "an IPv6 address stands in [ ]");
  } else {
    server.host = rest;
  }
  if (!is_host(server.host)) return wrong(uri, "the host is missing or malformed");
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), server.port);
    if (error != std::errc{} || end != port.data() + port.size() || server.port == 0 ||
        server.port > 65535)
      return wrong(uri, "the port is a number from 1 to 65535");
  }
  return server;
}

std::string IceServer::uri() const {
  return std::string{scheme_of(kind)} + ":" + host_and_port(*this) + query_of(*this);
}

std::string IceServers::stun_uri() const {
  for (const IceServer& server : servers) {
    if (server.kind == IceServer::Kind::kStun) return "stun://" + host_and_port(server);
  }
  return {};
}

std::vector<std::string> IceServers::turn_uris() const {
  std::vector<std::string> uris;
  for (const IceServer& server : servers) {
    if (server.kind == IceServer::Kind::kStun) continue;
    uris.push_back(std::string{scheme_of(server.kind)} + "://" + percent_encode(server.user) + ":" +
                   percent_encode(server.password) + "@" + host_and_port(server) +
                   query_of(server));
  }
  return uris;
}

std::string IceServers::json() const {
  std::string out = "[";
  for (const IceServer& server : servers) {
    if (out.size() > 1) out += ",";
    out += "{\"urls\":[" + json_text(server.uri()) + "]";
    if (server.kind != IceServer::Kind::kStun)
      out += ",\"username\":" + json_text(server.user) +
             ",\"credential\":" + json_text(server.password);
    out += "}";
  }
  return out + "]";
}

std::string temporary_user(std::int64_t expires, std::string_view name) {
  return std::to_string(expires) + ":" + std::string{name};
}

}  // namespace jackfield::webrtc
