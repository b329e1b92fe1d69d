// Addresses: where to listen, who connects, whom to trust.
#pragma once

#include <gio/gio.h>

#include <string>
#include <string_view>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

struct ListenAddress {
  std::string host = "127.0.0.1";  // a numeric address
  guint16 port = 8080;             // 0: any free one

  bool is_loopback() const;
  bool is_any() const;
  std::string text() const;  // "127.0.0.1:8080", "[::1]:8080"
};
// "ADDRESS:PORT", "ADDRESS" or "PORT"; "localhost" is 127.0.0.1. False when it is none of these.
bool parse_listen_address(const std::string& text, ListenAddress& address);

// The usual form of a numeric address (an IPv4 address in IPv6 is the IPv4 address); "" for
// everything else.
std::string normal_address(std::string_view text);
// The address of a socket's other end in that form, "" when it has none.
std::string address_of(GSocketAddress* address);
bool is_loopback_address(const std::string& address);
// What connections are counted by: an IPv4 address; of IPv6 the first 64 bits, for who has one
// address there has them all.
std::string network_of(const std::string& address);

class TrustedNetworks {
 public:
  // "10.0.0.0/8", "::1" or the like. False when it is neither.
  bool add(const std::string& text);
  bool contains(const std::string& address) const;
  bool empty() const { return masks_.empty(); }

 private:
  std::vector<gstpp::GObjectPtr<GInetAddressMask>> masks_;
};

}  // namespace jackfield
