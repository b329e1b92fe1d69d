#include "serve/core/web_origin.hpp"

#include <algorithm>

namespace jackfield {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
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

}  // namespace

std::optional<WebPlace> parse_web_host(std::string_view text, std::string_view scheme) {
  WebPlace place{.scheme = std::string{scheme}, .host = {}, .port = {}};
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

std::optional<WebPlace> parse_web_origin(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string scheme = lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  return parse_web_host(rest, scheme);
}

bool is_own_machine(std::string_view host) {
  return host == "localhost" || host == "[::1]" || (is_ipv4(host) && host.starts_with("127."));
}

bool is_numeric_host(std::string_view host) { return host.starts_with('[') || is_ipv4(host); }

}  // namespace jackfield
