#include "serve/core/forwarded.hpp"

namespace jackfield {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Some proxies write "1.2.3.4:5678" or "[::1]:5678".
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    return bracket == std::string_view::npos ? text : text.substr(1, bracket - 1);
  }
  const auto colon = text.find(':');
  const bool one =
      colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  return one ? text.substr(0, colon) : text;
}

}  // namespace

std::string client_address(const std::string& peer, std::string_view forwarded_for,
                           const std::function<bool(const std::string&)>& trusted,
                           const std::function<std::string(std::string_view)>& normal_address) {
  std::string client = peer;
  while (trusted(client) && !forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    const bool last = comma == std::string_view::npos;
    const std::string address = normal_address(
        without_port(trimmed(last ? forwarded_for : forwarded_for.substr(comma + 1))));
    if (address.empty()) break;
    client = address;
    forwarded_for = last ? std::string_view{} : forwarded_for.substr(0, comma);
  }
  return client;
}

}  // namespace jackfield
