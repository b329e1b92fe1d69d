// Where a web page comes from and where a request went, as the fields Origin and Host tell. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jackfield {

struct WebPlace {
  std::string scheme, host, port;  // in lower case; the scheme's own port when none was given

  bool same_host_and_port(const WebPlace& other) const {
    return host == other.host && port == other.port;
  }
};

// "name:80", "[::1]:80", "name". nullopt when it is nothing like that.
std::optional<WebPlace> parse_web_host(std::string_view text, std::string_view scheme);
// "https://name:8443", with or without a path.
std::optional<WebPlace> parse_web_origin(std::string_view text);

// This machine, under a name that nobody can make point elsewhere (RFC 6761, section 6.3), or by
// number.
bool is_own_machine(std::string_view host);
// No name: nobody can make it point elsewhere.
bool is_numeric_host(std::string_view host);

}  // namespace jackfield
