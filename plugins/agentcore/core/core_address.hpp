// Where an agent core is. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace agentcore {

struct Address {
  std::string target;      // as gRPC takes it
  bool this_host = false;  // no packet leaves the machine
};

// "host:port", "[IPv6 address]:port" or "unix:/path". Throws std::invalid_argument with what is
// wrong.
Address read_address(std::string_view text);

// Can it stand in a header, as "Bearer TOKEN"? RFC 6750 section 2.1.
bool is_token(std::string_view text);

}  // namespace agentcore
