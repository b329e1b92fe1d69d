// What lets browsers in and where they find relays, a line each: tokens, how long they are good,
// addresses of ICE servers. Nobody but us makes a token; what is understood can be passed on.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "json_reader.hpp"
#include "webrtc/access_token.hpp"
#include "webrtc/core/ice_servers.hpp"
#include "webrtc/core/signal_message.hpp"

namespace {

using namespace jackfield::webrtc;
using jackfield::JsonValue;

void require(bool ok) {
  if (!ok) std::abort();
}

void check_token_of(std::string_view line) {
  static const jackfield::Secret secret{"a secret of ours"};
  require(!check_token(secret, line, 1));
  const auto claims = decode_claims(line);
  if (!claims) return;
  const std::string token = issue_token(secret, *claims);
  if (token.size() > kMaxToken) return;
  require(check_token(secret, token, claims->expires) == claims);
  require(!check_token(secret, token, claims->expires + 1));
  require(!check_token(jackfield::Secret{"another secret"}, token, 1));
  require(!check_token(secret, token + "=", 1));
}

// With and without the parts that may be left out, it is the same server.
void check_server(std::string_view line) {
  auto parsed = parse_ice_server(line);
  if (const auto* error = std::get_if<std::string>(&parsed)) {
    require(!error->empty());
    return;
  }
  IceServers servers{{std::get<IceServer>(std::move(parsed))}};
  IceServer& server = servers.servers.front();
  require(server.port >= 1 && server.port <= 65535 && !server.host.empty());
  server.user = "1700000000:a b";
  server.password = "p@ss\"w\\rd/:?\n";
  const auto json = jackfield::parse_json(servers.json());
  require(json.value && json.value->items.size() == 1);
  const JsonValue* urls = json.value->items[0].find("urls");
  require(urls && urls->items.size() == 1);
  const auto again = parse_ice_server(urls->items[0].string);
  require(std::holds_alternative<IceServer>(again));
  const auto& same = std::get<IceServer>(again);
  require(same.kind == server.kind && same.host == server.host && same.port == server.port &&
          same.transport == server.transport);
  const bool stun = server.kind == IceServer::Kind::kStun;
  require(stun == !servers.stun_uri().empty() && stun == servers.turn_uris().empty());
  if (stun) return;
  const std::string uri = servers.turn_uris().front();
  // The password cannot end the part of the address that it stands in.
  require(uri.find("p%40ss%22w%5Crd%2F%3A%3F%0A@") != std::string::npos);
  require(json.value->items[0].find("credential")->string == server.password);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    check_token_of(line);
    check_server(line);
    if (const auto seconds = parse_validity(line))
      require(*seconds > 0 && *seconds <= 366LL * 24 * 3600);
  }
  return 0;
}
