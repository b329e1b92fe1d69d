#include "webrtc/core/origin_rules.hpp"

#include <algorithm>
#include <optional>

namespace jackfield::webrtc {
namespace {

struct Place {
  std::string scheme, host, port;
};

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// "name:80", "[::1]:80", "name".
std::optional<Place> parse_host(std::string_view text, std::string_view scheme) {
  Place place{.scheme = std::string{scheme}, .host = {}, .port = {}};
  const std::size_t end = text.starts_with('[') ? text.find(']') : 0;
  if (end == std::string_view::npos) return std::nullopt;
  const std::size_t colon = text.find(':', end);
  place.host = lower(text.substr(0, colon));
  if (colon != std::string_view::npos) place.port = text.substr(colon + 1);
  if (place.port.empty()) place.port = scheme == "https" || scheme == "wss" ? "443" : "80";
  if (place.host.empty() || !std::all_of(place.port.begin(), place.port.end(),
                                         [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  return place;
}

std::optional<Place> parse_origin(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string scheme = lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  return parse_host(rest, scheme);
}

bool is_ipv4(std::string_view host) {
  int parts = 0;
  while (true) {
    const std::size_t dot = host.find('.');
    const std::string_view part = host.substr(0, dot);
    if (part.empty() || part.size() > 3 || ++parts > 4) return false;
    int value = 0;
    for (const char c : part) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    if (value > 255) return false;
    if (dot == std::string_view::npos) return parts == 4;
    host.remove_prefix(dot + 1);
  }
}

// A name that nobody can make point elsewhere (RFC 6761, section 6.3), or no name at all.
bool is_own_machine(std::string_view host) {
  return host == "localhost" || host == "[::1]" || (is_ipv4(host) && host.starts_with("127."));
}
bool is_numeric(std::string_view host) { return host.starts_with('[') || is_ipv4(host); }

bool same(const Place& a, const Place& b) { return a.host == b.host && a.port == b.port; }

}  // namespace

bool origin_allowed(std::string_view origin, std::string_view host, const OriginRules& rules) {
  if (origin.empty()) return true;
  const auto from = parse_origin(origin);
  for (const std::string& allowed : rules.allowed) {
    if (lower(allowed) == lower(origin)) return true;
    const auto place = parse_origin(allowed);
    if (from && place && place->scheme == from->scheme && same(*place, *from)) return true;
  }
  if (!from) return false;
  if (const auto known = parse_origin(rules.public_url);
      known && known->scheme == from->scheme && same(*known, *from))
    return true;
  const auto to = parse_host(host, from->scheme);
  if (!to) return false;
  if (is_own_machine(to->host)) return is_own_machine(from->host);
  return same(*from, *to) && (is_numeric(to->host) || rules.token_required);
}

}  // namespace jackfield::webrtc
