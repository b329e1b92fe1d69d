// Addresses of every kind: where to listen, proxies that are trusted, and whom they speak for. A
// line each for --listen, a trusted network, a peer, and X-Forwarded-For.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "serve/core/forwarded.hpp"
#include "serve/network_address.hpp"

namespace {

void require(bool ok) {
  if (!ok) std::abort();
}

std::string take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return std::string{line};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::string listen = take_line(text);
  if (jackfield::ListenAddress address; jackfield::parse_listen_address(listen, address)) {
    jackfield::ListenAddress again;
    require(jackfield::parse_listen_address(address.text(), again));
    require(again.host == address.host && again.port == address.port);
    address.is_loopback();
    address.is_any();
  }
  jackfield::TrustedNetworks trusted;
  const bool some = trusted.add(take_line(text));
  require(some != trusted.empty());
  const std::string peer = jackfield::normal_address(take_line(text));
  require(peer.empty() || jackfield::normal_address(peer) == peer);
  require(peer.empty() || !jackfield::network_of(peer).empty());
  const std::string client = jackfield::client_address(
      peer, text, [&](const std::string& address) { return trusted.contains(address); },
      jackfield::normal_address);
  require(client == peer || jackfield::normal_address(client) == client);
  require(client == peer || trusted.contains(peer));
  return 0;
}
