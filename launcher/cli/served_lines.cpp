#include "cli/served_lines.hpp"

#include <algorithm>
#include <cstdio>

#include "cli/console.hpp"
#include "platform/executable.hpp"

namespace jackfield::cli {
namespace {

SessionLimits limits_of(const Line& line, SeatKind kind, const ServerSettings& settings) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  SessionLimits limits;
  limits.max_call = line.conf.max_call_duration.value_or(settings.max_call_duration) * kSecond;
  // A session of a browser begins with an offer, and has its own time for the connection.
  if (kind == SeatKind::kPhone) limits.start_within = settings.start_timeout * kSecond;
  return limits;
}

// What a session of one who calls is made of, or of an agent.
SessionManager::Config seat_config(const Line& line, const PipelineFile& file, SeatKind kind,
                                   const ServerSettings& settings) {
  const bool agent = kind == SeatKind::kAgent;
  return {.line = line.name,
          .kind = seat_word(kind),
          .file = file,
          .variables = line.variables,
          .recordings = settings.recordings,
          .audit_log = settings.audit_log,
          .keep_only_calls = !agent,
          .limits = agent ? SessionLimits{} : limits_of(line, kind, settings),
          .desk = false,
          .callers = agent ? std::string{} : directory_of(line, settings)};
}

const PipelineFile* seat_file(const Line& line, SeatKind kind) {
  for (const CheckedSeat& seat : line.checked.seats) {
    if (seat.kind == kind) return &seat.file;
  }
  const bool whole = (kind == SeatKind::kPhone && line.checked.kind == ScenarioKind::kPhone) ||
                     (kind == SeatKind::kBrowser && line.checked.kind == ScenarioKind::kWebRtc);
  return whole ? &line.file : nullptr;
}

std::string base_name(const std::string& path) {
  return gstpp::CharPtr{g_path_get_basename(path.c_str())}.get();
}

// Each room has a caller at least, and few agents; rooms that end take a moment.
constexpr std::size_t kPlacesPerCaller = 16;

}  // namespace

ServedLine::ServedLine(const Line& served, const ServerSettings& settings, SessionRegistry& all)
    : line(served),
      registry(all, served.conf.max_calls.value_or(settings.max_calls)),
      besides(kPlacesPerCaller * settings.max_calls) {
  if (const PipelineFile* file = seat_file(line, SeatKind::kPhone))
    phone.emplace(seat_config(line, *file, SeatKind::kPhone, settings), registry);
  if (const PipelineFile* file = seat_file(line, SeatKind::kBrowser))
    browser.emplace(seat_config(line, *file, SeatKind::kBrowser, settings), registry);
  if (line.checked.kind != ScenarioKind::kRoom) return;
  conference::ConferenceLine::Config config{
      .line = line.name,
      .rooms = line.conf.rooms,
      .book = {.size = line.room_size(), .agents = line.agents()},
      .room = {.line = line.name,
               .kind = "room",
               .file = line.file,
               .variables = line.variables,
               .recordings = settings.recordings,
               .audit_log = settings.audit_log,
               .keep_only_calls = false,
               .limits = {},
               .desk = false,
               .callers = {}},
      .agent = {}};
  if (const PipelineFile* file = seat_file(line, SeatKind::kAgent))
    config.agent = seat_config(line, *file, SeatKind::kAgent, settings);
  conference = std::make_unique<conference::ConferenceLine>(
      std::move(config), phone ? &*phone : nullptr, browser ? &*browser : nullptr, besides);
}

std::vector<ServedLine::Sessions> ServedLine::sessions() {
  std::vector<Sessions> all;
  const auto add = [&](SessionManager* sessions, SeatKind kind) {
    if (sessions)
      all.push_back({.sessions = sessions,
                     .kind = seat_word(kind),
                     .scenario = base_name(seat_file(line, kind)->path()),
                     .calls = kind != SeatKind::kAgent});
  };
  add(phone ? &*phone : nullptr, SeatKind::kPhone);
  add(browser ? &*browser : nullptr, SeatKind::kBrowser);
  if (!conference) return all;
  all.push_back({.sessions = &conference->rooms_sessions(),
                 .kind = "room",
                 .scenario = base_name(line.file.path()),
                 .calls = false});
  add(conference->agents_sessions(), SeatKind::kAgent);
  return all;
}

std::string directory_of(const Line& line, const ServerSettings& settings) {
  return line.conf.callers.empty() ? settings.callers : line.conf.callers;
}

LineView view_of(const Line& line, const ServerSettings& settings) {
  const gstpp::CharPtr scenario{g_path_get_basename(line.file.path().c_str())};
  LineView view;
  view.name = line.name;
  view.scenario = scenario.get();
  view.kind = kind_word(line.checked.kind);
  view.profile = line.profile_name;
  view.numbers = line.conf.numbers;
  view.max_sessions = line.checked.kind == ScenarioKind::kOnce
                          ? 1
                          : line.conf.max_calls.value_or(settings.max_calls);
  return view;
}

void print_console(const std::string& base, bool exposed, bool need_token) {
  std::printf("  console        %s/  (%s)\n", base.c_str(),
              need_token ? "asks for the token of JACKFIELD_API_TOKEN"
              : exposed  ? "closed: it needs JACKFIELD_API_TOKEN"
                         : "for this machine only");
}

void print_lines(const ServedLines& lines,
                 const std::function<std::string(const ServedLine&)>& address) {
  std::size_t width = 0;
  std::size_t address_width = 0;
  for (const auto& served : lines) {
    width = std::max(width, served->line.name.size());
    address_width = std::max(address_width, address(*served).size());
  }
  const auto padded = [](const std::string& text, std::size_t to) {
    return text + std::string(to - text.size(), ' ');
  };
  for (const auto& served : lines) {
    const Line& line = served->line;
    std::string numbers;
    for (const std::string& number : line.conf.numbers) numbers += "  " + number;
    std::printf(
        "  line %s  %s  %s%s\n", styled(stdout, Style::kBold, padded(line.name, width)).c_str(),
        padded(address(*served), address_width).c_str(), line.file.path().c_str(), numbers.c_str());
  }
}

ScenarioCatalog::Config scenarios_beside(const std::vector<const Line*>& lines,
                                         const RunOptions& options,
                                         const std::string& conf_folder) {
  ScenarioCatalog::Config config;
  for (const Line* line : lines) {
    config.folders.push_back(line->file.folder());
    ServedScenario served{.line = line->name,
                          .path = line->file.path(),
                          .profile = line->profile_name,
                          .variables = {}};
    // What counts first comes last.
    for (const auto* values : {&line->variables.line, &line->variables.command_line})
      served.variables.insert(served.variables.end(), values->begin(), values->end());
    config.served.push_back(std::move(served));
  }
  if (!conf_folder.empty()) config.folders.push_back(conf_folder);
  config.check.program =
      gstpp::CharPtr{g_build_filename(executable_folder().c_str(), "jackfield", nullptr)}.get();
  config.check.env_file = options.server.env_file;
  if (options.preset)
    config.check.arguments = {"--audio-preset", std::string{audio_preset_name(*options.preset)}};
  return config;
}

}  // namespace jackfield::cli
