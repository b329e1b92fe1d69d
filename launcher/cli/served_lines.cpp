#include "cli/served_lines.hpp"

#include <algorithm>
#include <cstdio>

#include "cli/console.hpp"
#include "platform/executable.hpp"

namespace jackfield::cli {
namespace {

SessionLimits limits_of(const Line& line, const ServerSettings& settings) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  SessionLimits limits;
  limits.max_call = line.conf.max_call_duration.value_or(settings.max_call_duration) * kSecond;
  // A session of a browser begins with an offer, and has its own time for the connection.
  if (line.checked.kind == ScenarioKind::kPhone)
    limits.start_within = settings.start_timeout * kSecond;
  return limits;
}

}  // namespace

ServedLine::ServedLine(const Line& served, const ServerSettings& settings, SessionRegistry& all)
    : line(served),
      registry(all, served.conf.max_calls.value_or(settings.max_calls)),
      sessions({.line = served.name,
                .kind = kind_word(served.checked.kind),
                .file = served.file,
                .variables = served.variables,
                .recordings = settings.recordings,
                .keep_only_calls = true,
                .limits = limits_of(served, settings),
                .desk = false},
               registry) {}

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
