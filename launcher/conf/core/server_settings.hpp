// What a jackfield that serves calls is told about itself, by options of `jackfield run` and by
// [server] of jackfield.conf: one table for both, with defaults, ranges and units. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield {

struct ServerSettings {
  std::string listen = "127.0.0.1:8080";
  std::string public_url;
  std::string tls_certificate, tls_key;
  std::string recordings = "recordings";
  std::string events;
  std::string audit_log;  // "": beside the recordings; "none": none
  std::string env_file;
  std::string callers;  // the directory of callers, "" for none
  std::vector<std::string> trusted_proxies;
  std::vector<std::string> ice_servers;
  std::vector<std::string> allowed_origins;
  std::vector<std::string> media_addresses;
  std::string media_ports;  // "40000-40100", "" for any
  std::string state;        // of what has to outlive a restart; "": beside the recordings
  unsigned drain = 30;
  unsigned caller_retention = 365;  // days
  unsigned max_calls = 200;
  unsigned max_call_duration = 4 * 3600;
  unsigned start_timeout = 10;
  unsigned max_pending = 1024;
  unsigned max_pending_per_address = 32;
  unsigned max_tasks = 4;
  unsigned max_waiting_tasks = 16;
  bool relay_only = false;
  bool require_token = false;
};

struct NumberSetting {
  const char* key;  // of the option, with "--" before it
  unsigned ServerSettings::*member;
  unsigned low, high;
  const char* unit;
  const char* help;
};
inline constexpr auto kNumberSettings = std::to_array<NumberSetting>({
    {"drain", &ServerSettings::drain, 0, 86400, "SECONDS",
     "How long calls may go on after SIGTERM or Ctrl+C"},
    {"caller-retention", &ServerSettings::caller_retention, 0, 36500, "DAYS",
     "Callers who have not called for so long are forgotten, and notes that are older. 0: never"},
    {"max-calls", &ServerSettings::max_calls, 1, 100000, "N",
     "Calls at a time; more callers hear the busy signal"},
    {"max-call-duration", &ServerSettings::max_call_duration, 0, 7 * 86400, "SECONDS",
     "The longest call; then it is ended in good order. 0: no limit"},
    {"start-timeout", &ServerSettings::start_timeout, 1, 3600, "SECONDS",
     "How long a media stream may take to begin its call"},
    {"max-pending", &ServerSettings::max_pending, 1, 1000000, "N",
     "Connections at a time that are no calls (yet)"},
    {"max-pending-per-address", &ServerSettings::max_pending_per_address, 1, 1000000, "N",
     "The same from one address (IPv6: one /64); loopback is not counted"},
    {"max-tasks", &ServerSettings::max_tasks, 1, 1000, "N", "Tasks that run at a time"},
    {"max-waiting-tasks", &ServerSettings::max_waiting_tasks, 0, 10000, "N",
     "Tasks that wait for others to end"},
});

struct TextSetting {
  const char* key;
  std::string ServerSettings::*member;
  bool path;  // in jackfield.conf it counts from the folder of that file
};
inline constexpr auto kTextSettings = std::to_array<TextSetting>({
    {"listen", &ServerSettings::listen, false},
    {"public-url", &ServerSettings::public_url, false},
    {"tls-certificate", &ServerSettings::tls_certificate, true},
    {"tls-key", &ServerSettings::tls_key, true},
    {"recordings", &ServerSettings::recordings, true},
    {"events", &ServerSettings::events, true},
    {"audit-log", &ServerSettings::audit_log, true},
    {"env-file", &ServerSettings::env_file, true},
    {"callers", &ServerSettings::callers, true},
    {"state", &ServerSettings::state, true},
    {"media-ports", &ServerSettings::media_ports, false},
});

struct ListSetting {
  const char* key;
  const char* option;  // which takes one at a time
  std::vector<std::string> ServerSettings::*member;
};
inline constexpr auto kListSettings = std::to_array<ListSetting>({
    {"trusted-proxies", "trusted-proxy", &ServerSettings::trusted_proxies},
    {"ice-servers", "ice-server", &ServerSettings::ice_servers},
    {"allowed-origins", "allowed-origin", &ServerSettings::allowed_origins},
    {"media-addresses", "media-address", &ServerSettings::media_addresses},
});

struct FlagSetting {
  const char* key;
  bool ServerSettings::*member;
};
inline constexpr auto kFlagSettings = std::to_array<FlagSetting>({
    {"relay-only", &ServerSettings::relay_only},
    {"require-token", &ServerSettings::require_token},
});

// The ports of "40000-40100" or "40000"; {0, 0} for "", which is any. nullopt for everything else.
std::optional<std::pair<unsigned, unsigned>> parse_port_range(std::string_view text);

}  // namespace jackfield
