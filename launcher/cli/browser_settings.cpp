#include "cli/browser_settings.hpp"

#include <glib.h>

#include <algorithm>
#include <string>
#include <utility>

#include "cli/console.hpp"
#include "cli/exposure.hpp"

namespace jackfield::cli {
namespace {

constexpr std::int64_t kTurnMargin = 600;  // s

}  // namespace

std::optional<BrowserLines::Config> browser_settings(const RunOptions& options,
                                                     const std::vector<Line>& lines,
                                                     const ListenAddress& listen,
                                                     const CallSecrets& secrets) {
  const ServerSettings& settings = options.server;
  constexpr std::int64_t kDay = 24 * 3600;
  // Relays are asked for all the while: their users have to outlast the longest call.
  std::int64_t longest = 0;
  for (const Line& line : lines) {
    const unsigned seconds = line.conf.max_call_duration.value_or(settings.max_call_duration);
    longest = std::max<std::int64_t>(longest, seconds == 0 ? kDay : seconds);
  }
  const gchar* user = g_getenv("TURN_USER");
  std::string error;
  auto ice = webrtc::IceAccess::make(settings.ice_servers,
                                     {.secret = secrets.get(kTurnSecret),
                                      .user = user ? user : "",
                                      .password = secrets.get(kTurnPassword)},
                                     longest + kTurnMargin, error);
  if (ice && settings.relay_only && !ice->has_relays()) {
    error = "--relay-only needs a TURN server: --ice-server turn:HOST:PORT";
    ice.reset();
  }
  const auto ports = parse_port_range(settings.media_ports);
  if (!ports) {
    error = "'" + settings.media_ports +
            "' is no range of ports for --media-ports; it looks like 40000-40100";
  }
  for (const std::string& address : settings.media_addresses) {
    if (normal_address(address).empty())
      error = "'" + address +
              "' is no numeric address for --media-address; it looks like "
              "192.0.2.7 or ::1";
  }
  if (!error.empty()) {
    print_error(error);
    return std::nullopt;
  }
  return BrowserLines::Config{
      .token_secret = secrets.get(kTokenSecret),
      .require_token = settings.require_token || (is_exposed(listen, options) && !options.insecure),
      .public_url = settings.public_url,
      .allowed_origins = settings.allowed_origins,
      .calls = settings.max_calls,
      .ice = *std::move(ice),
      .media = {.local_addresses = settings.media_addresses,
                .relay_only = settings.relay_only,
                .min_port = ports->first,
                .max_port = ports->second}};
}

}  // namespace jackfield::cli
