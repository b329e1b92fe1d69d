#include "webrtc/core/origin_rules.hpp"

#include <algorithm>
#include <cctype>

#include "serve/core/web_origin.hpp"

namespace jackfield::webrtc {
namespace {

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

bool origin_named(std::string_view origin, const OriginRules& rules) {
  if (origin.empty()) return false;
  const auto from = parse_web_origin(origin);
  for (const std::string& allowed : rules.allowed) {
    if (same_letters(allowed, origin)) return true;
    const auto place = parse_web_origin(allowed);
    if (from && place && place->scheme == from->scheme && place->same_host_and_port(*from))
      return true;
  }
  return false;
}

bool origin_allowed(std::string_view origin, std::string_view host, const OriginRules& rules) {
  if (origin.empty() || origin_named(origin, rules)) return true;
  const auto from = parse_web_origin(origin);
  if (!from) return false;
  if (const auto known = parse_web_origin(rules.public_url);
      known && known->scheme == from->scheme && known->same_host_and_port(*from))
    return true;
  const auto to = parse_web_host(host, from->scheme);
  if (!to) return false;
  if (is_own_machine(to->host)) return is_own_machine(from->host);
  return from->same_host_and_port(*to) && (is_numeric_host(to->host) || rules.token_required);
}

}  // namespace jackfield::webrtc
