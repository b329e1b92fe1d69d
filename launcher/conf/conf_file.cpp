#include "conf/conf_file.hpp"

#include <glib.h>
#include <glib/gstdio.h>

#include "people/local_hours.hpp"
#include "platform/installation.hpp"
#include "plugins/common/gstpp.hpp"
#include "scenario/core/source_position.hpp"
#include "schedule/named_zone.hpp"
#include "serve/network_address.hpp"
#include "twilio/core/twiml.hpp"
#include "webrtc/core/ice_servers.hpp"

namespace jackfield {
namespace {

constexpr goffset kLongest = 256 * 1024;
constexpr char kNoConf[] = "is not a jackfield.conf (UTF-8 text of at most 256 KiB)";
constexpr std::string_view kHere = "${HERE}";

bool exists(const std::string& path) { return g_file_test(path.c_str(), G_FILE_TEST_EXISTS); }

bool read_text(const std::string& path, std::string& text, std::string& error) {
  GStatBuf status{};
  if (g_stat(path.c_str(), &status) == 0 &&
      (!g_file_test(path.c_str(), G_FILE_TEST_IS_REGULAR) || status.st_size > kLongest)) {
    error = path + ": " + kNoConf;
    return false;
  }
  gstpp::CharPtr contents;
  gsize length = 0;
  gstpp::ErrorPtr failure;
  if (!g_file_get_contents(path.c_str(), gstpp::OutPtr{contents}, &length,
                           gstpp::OutPtr{failure})) {
    error = failure->message;
    return false;
  }
  if (!g_utf8_validate_len(contents.get(), length, nullptr)) {
    error = path + ": " + kNoConf;
    return false;
  }
  text.assign(contents.get(), length);
  return true;
}

}  // namespace

bool ConfFile::is_named(const std::string& path) { return path.ends_with(".conf"); }

std::string ConfFile::describe(std::size_t offset, const std::string& message,
                               const std::string& hint) const {
  return describe_error(path_, source_, offset, message, hint);
}

void ConfFile::resolve_paths() {
  const auto from_here = [&](const std::string& path) -> std::string {
    return gstpp::CharPtr{g_canonicalize_filename(path.c_str(), folder_.c_str())}.get();
  };
  for (const TextSetting& setting : kTextSettings) {
    std::string& value = conf_.server.*setting.member;
    const bool no_path = (setting.member == &ServerSettings::events && value == "-") ||
                         (setting.member == &ServerSettings::audit_log && value == "none");
    if (setting.path && !no_path && conf_.server_offsets.contains(setting.key))
      value = from_here(value);
  }
  std::vector<LineConf*> lines;
  for (LineConf& line : conf_.lines) lines.push_back(&line);
  for (TaskConf& task : conf_.tasks) lines.push_back(&task.line);
  for (LineConf* one : lines) {
    LineConf& line = *one;
    const std::string written = line.pipeline;
    line.pipeline = from_here(written);
    // What is not beside the file may be an installed scenario.
    for (const std::string& installed :
         {installed_folder("pipelines/" + written), installed_folder(written)}) {
      if (!exists(line.pipeline) && !g_path_is_absolute(written.c_str()) && exists(installed))
        line.pipeline = installed;
    }
    if (line.profile.ends_with(".conf")) line.profile = from_here(line.profile);
    if (!line.callers.empty()) line.callers = from_here(line.callers);
    for (auto& [name, value] : line.variables) {
      for (std::size_t at = 0; (at = value.find(kHere, at)) != std::string::npos;
           at += folder_.size())
        value.replace(at, kHere.size(), folder_);
    }
  }
}

std::vector<TextError> ConfFile::wrong_values() const {
  std::vector<TextError> errors;
  const auto offset = [&](const char* key) { return conf_.server_offsets.find(key)->second; };
  const ServerSettings& server = conf_.server;
  ListenAddress address;
  if (!parse_listen_address(server.listen, address))
    errors.push_back({offset("listen"), "'" + server.listen + "' is no address to listen on",
                      "it looks like 127.0.0.1:8080 or [::1]:8080"});
  if (!server.public_url.empty() && twilio::media_url(server.public_url, "").empty())
    errors.push_back({offset("public-url"),
                      "'" + server.public_url + "' is not a URL for 'public-url'",
                      "it looks like https://voice.example.com"});
  for (const std::string& uri : server.ice_servers) {
    const auto parsed = webrtc::parse_ice_server(uri);
    if (const auto* why = std::get_if<std::string>(&parsed))
      errors.push_back({offset("ice-servers"), *why, ""});
  }
  if (!parse_port_range(server.media_ports))
    errors.push_back({offset("media-ports"),
                      "'" + server.media_ports + "' is no range of ports for 'media-ports'",
                      "it looks like 40000-40100"});
  for (const std::string& number : server.media_addresses) {
    if (normal_address(number).empty())
      errors.push_back({offset("media-addresses"), "'" + number + "' is no numeric address",
                        "it looks like 192.0.2.7 or ::1"});
  }
  for (const ScheduleConf& schedule : conf_.schedules) {
    const auto at = [&](const char* key) { return schedule.offsets.find(key)->second; };
    const auto zone = schedule::NamedZone::find(schedule.time_zone);
    if (!zone)
      errors.push_back({at("time-zone"), "there is no time zone '" + schedule.time_zone + "'",
                        "it looks like Europe/Berlin; the system's database has it (tzdata)"});
    else if (!schedule.at.empty() && !schedule::parse_moment(schedule.at, *zone))
      errors.push_back({at("at"), "'" + schedule.at + "' is no time for 'at'",
                        "it looks like 2026-12-24T18:00, or 2026-12-24T18:00+01:00"});
  }
  TrustedNetworks networks;
  for (const std::string& proxy : server.trusted_proxies) {
    if (!networks.add(proxy))
      errors.push_back({offset("trusted-proxies"), "'" + proxy + "' is no address of a proxy",
                        "it looks like 10.0.0.7 or 10.0.0.0/8"});
  }
  for (const PersonConf& one : conf_.people) {
    const std::string& zone = one.person.time_zone;
    if (!zone.empty() && !people::time_zone_of(zone))
      errors.push_back({one.offsets.find("time-zone")->second,
                        "there is no time zone '" + zone + "' on this machine",
                        "it looks like Europe/Zurich"});
  }
  return errors;
}

std::optional<ConfFile> ConfFile::read(const std::string& path, std::vector<std::string>& errors) {
  ConfFile file;
  file.path_ = path;
  std::string error;
  if (!read_text(path, file.source_, error)) {
    errors.push_back(error);
    return std::nullopt;
  }
  const gstpp::CharPtr absolute{g_canonicalize_filename(path.c_str(), nullptr)};
  file.folder_ = gstpp::CharPtr{g_path_get_dirname(absolute.get())}.get();
  std::vector<TextError> wrong;
  file.conf_ = read_conf(file.source_, wrong);
  if (wrong.empty()) wrong = file.wrong_values();
  for (const TextError& one : wrong)
    errors.push_back(file.describe(one.offset, one.message, one.hint));
  if (!wrong.empty()) return std::nullopt;
  file.resolve_paths();
  return file;
}

}  // namespace jackfield
