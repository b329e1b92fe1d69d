// Which web pages may open a WebSocket to this server. Browsers let any page connect to anything
// and only tell where the page came from (RFC 6455, section 10.2); without a check, a page of
// somebody else could use a jackfield on the visitor's own machine. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield::webrtc {

struct OriginRules {
  std::string public_url;            // what peers know this server by, "" when it has none
  std::vector<std::string> allowed;  // "https://app.example.com"; "null" for pages of no origin
  bool token_required = false;       // then a page has to know something that is secret
};

// Whether the rules allow this origin by name.
bool origin_named(std::string_view origin, const OriginRules& rules);

// `origin` and `host` are the fields of the request; an empty origin is no browser's and passes.
// Else it passes when it is allowed by name, is that of the public URL, or is where the request
// itself went. The latter is not believed when the host is a name that might as well be an
// attacker's, made to point here (DNS rebinding), unless a token is required. Pages of this machine
// may connect to this machine, whatever their port.
bool origin_allowed(std::string_view origin, std::string_view host, const OriginRules& rules);

}  // namespace jackfield::webrtc
