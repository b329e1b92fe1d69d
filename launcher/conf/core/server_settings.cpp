#include "conf/core/server_settings.hpp"

#include <charconv>

namespace jackfield {
namespace {

std::optional<unsigned> parse_port(std::string_view text) {
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, port);
  if (failure != std::errc{} || stop != end || port == 0 || port > 65535) return std::nullopt;
  return port;
}

}  // namespace

std::optional<std::pair<unsigned, unsigned>> parse_port_range(std::string_view text) {
  if (text.empty()) return std::pair{0u, 0u};
  const std::size_t dash = text.find('-');
  const auto low = parse_port(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : parse_port(text.substr(dash + 1));
  if (!low || !high || *low > *high) return std::nullopt;
  return std::pair{*low, *high};
}

}  // namespace jackfield
