#include "core_address.hpp"

#include <algorithm>
#include <stdexcept>

namespace agentcore {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
         c == '_';
}
bool is_ipv6(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

// 127.0.0.0/8, written as four numbers.
bool is_loopback(std::string_view host) {
  if (!host.starts_with("127.")) return false;
  int dots = 0;
  for (const char c : host) {
    if (c == '.') ++dots;
    if (c != '.' && !is_digit(c)) return false;
  }
  return dots == 3;
}

}  // namespace

Address read_address(std::string_view text) {
  if (text.starts_with("unix:")) {
    if (!text.starts_with("unix:/") || text.size() > 100)
      throw std::invalid_argument("a socket is named as unix:/path, of at most 100 characters");
    return {std::string(text), true};
  }
  const auto wrong = [&] {
    return std::invalid_argument("\"" + std::string(text.substr(0, 100)) +
                                 "\" is no address: write host:port, or unix:/path");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.size() > 300) throw wrong();
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit))
    throw wrong();
  const int number = std::stoi(std::string(port));
  if (number < 1 || number > 65535) throw wrong();
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || !std::all_of(host.begin(), host.end(), bracketed ? is_ipv6 : is_name))
    throw wrong();
  // By its scheme: a name must not be taken for one of gRPC's other ways to find a server.
  return {(bracketed ? "ipv6:" : "dns:///") + std::string(text),
          host == "localhost" || host == "::1" || is_loopback(host)};
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 4096 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace agentcore
