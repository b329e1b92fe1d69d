#include "cli/lines.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>

#include "cli/console.hpp"
#include "cli/profile_option.hpp"
#include "scenario/core/nearest.hpp"
#include "schedule/named_zone.hpp"
#include "tasks/task_runs.hpp"

namespace jackfield::cli {

bool Line::has_seat(SeatKind kind) const {
  return std::any_of(checked.seats.begin(), checked.seats.end(),
                     [&](const CheckedSeat& seat) { return seat.kind == kind; });
}

namespace {

void print_located(const std::string& text) {
  std::fprintf(stderr, "%s\n", styled_error(stderr, text).c_str());
}

// "phone-agent" of "pipelines/phone-agent.gst"; only what can be part of a URL.
std::string name_of_file(const std::string& path) {
  gstpp::CharPtr base{g_path_get_basename(path.c_str())};
  std::string name = base.get();
  if (name.ends_with(".gst")) name.resize(name.size() - 4);
  for (char& c : name) {
    if (!is_line_name(std::string_view{&c, 1})) c = '-';
  }
  constexpr std::size_t kLongest = 64;
  return name.substr(0, kLongest);
}

std::optional<Lines> read_alone(const std::string& path, const std::string& profile,
                                const Variables& variables) {
  Line line;
  line.variables = variables;
  line.profile_name = profile;
  auto file = read_with_profile(path, profile, line.variables, line.profile);
  if (!file) return std::nullopt;
  line.file = *std::move(file);
  line.name = line.conf.name = name_of_file(path);
  Lines lines;
  lines.all.push_back(std::move(line));
  return lines;
}

bool fill_line(const ConfFile& conf, Line& line) {
  std::string error;
  const auto wrong = [&](const char* key) {
    print_located(conf.describe(line.conf.offsets.find(key)->second, error));
    return false;
  };
  auto file = PipelineFile::read(line.conf.pipeline, error);
  if (!file) return wrong("pipeline");
  line.file = *std::move(file);
  line.variables.line = line.conf.variables;
  if (line.profile_name.empty()) return true;
  line.profile = read_profile(line.profile_name, line.file.folder(), error);
  if (!line.profile) return wrong("profile");
  line.variables.profile = line.profile->variables;
  return true;
}

// Its times were looked at when the file was read.
ScheduleSettings schedule_of(const ScheduleConf& conf) {
  ScheduleSettings settings{.name = conf.name,
                            .task = conf.task,
                            .goal = conf.goal,
                            .written = conf.written,
                            .time_zone = conf.time_zone,
                            .timeout = conf.timeout.value_or(0),
                            .rule = {}};
  settings.rule.zone = schedule::NamedZone::find(conf.time_zone);
  settings.rule.catch_up = conf.catch_up;
  settings.rule.timing = conf.timing.value_or(schedule::Once{});
  if (!conf.timing)
    settings.rule.timing =
        schedule::Once{schedule::parse_moment(conf.at, *settings.rule.zone).value_or(0)};
  return settings;
}

std::optional<Lines> read_conf_lines(const std::string& path, const Variables& variables) {
  Lines lines;
  std::vector<std::string> errors;
  lines.conf = ConfFile::read(path, errors);
  for (const std::string& text : errors) print_located(text);
  if (!lines.conf) return std::nullopt;
  bool good = true;
  for (const LineConf& conf : lines.conf->conf().lines) {
    Line& line = lines.all.emplace_back();
    line.name = conf.name;
    line.conf = conf;
    line.variables = variables;
    line.profile_name = conf.profile;
    good = fill_line(*lines.conf, line) && good;
  }
  for (const TaskConf& conf : lines.conf->conf().tasks) {
    Line& line = lines.tasks.emplace_back();
    line.name = conf.line.name;
    line.conf = conf.line;
    line.variables = variables;
    line.profile_name = conf.line.profile;
    line.task = true;
    good = fill_line(*lines.conf, line) && good;
  }
  for (const ScheduleConf& conf : lines.conf->conf().schedules)
    lines.schedules.push_back(schedule_of(conf));
  if (!good) return std::nullopt;
  return lines;
}

// Where what it says about the line's rooms does not fit.
using Complaint =
    std::function<void(const std::string& key, const std::string& text, const std::string& hint)>;
void check_rooms(const Line& line, const Complaint& wrong) {
  if (line.checked.kind != ScenarioKind::kRoom) {
    for (const char* key : {"rooms", "pins", "open-rooms", "agents", "room-size"}) {
      if (line.conf.offsets.contains(key))
        wrong(key, std::string{"'"} + key + "' is for a conference",
              line.file.path() + " has no duckingmixer with seats");
    }
    return;
  }
  if (!line.has_seat(SeatKind::kPhone) && !line.conf.numbers.empty())
    wrong("numbers", "the conference '" + line.name + "' has no seat for telephones",
          "take it away, or add phone=FILE to the seats of " + line.file.path());
  if (line.conf.agents.value_or(0) > 0 && !line.has_seat(SeatKind::kAgent))
    wrong("agents", "the conference '" + line.name + "' has no seat for agents",
          "add agent=FILE to the seats of " + line.file.path());
  if (line.conf.room_size.value_or(0) > line.checked.most_seats)
    wrong("room-size",
          "the mixer of " + line.file.path() + " takes only " +
              std::to_string(line.checked.most_seats),
          "see its property max-inputs");
  else if (line.agents() >= line.room_size())
    wrong(line.conf.offsets.contains("agents") ? "agents" : "room-size",
          "with so many agents there is no seat for anybody else", "");
}

// It runs by itself and can be told what to do.
void check_task(const Line& line, const Complaint& wrong) {
  if (line.checked.kind != ScenarioKind::kOnce)
    return wrong(
        "pipeline", line.file.path() + " is called by somebody: it is no task",
        "a task runs by itself, such as task.gst; what is called is a [line " + line.name + "]");
  std::string error;
  const auto pipeline = build_pipeline(line.file, line.variables, error);
  if (!pipeline || !takes_goal(pipeline.get()))
    wrong("pipeline", line.file.path() + " has no element that takes a goal", "an agentloop does");
}

// Where what jackfield.conf says about the line and its pipeline do not fit.
void check_fit(const ConfFile& conf, const Line& line, std::vector<std::string>& errors) {
  const auto wrong = [&](const std::string& key, const std::string& text, const std::string& hint) {
    errors.push_back(conf.describe(line.conf.offsets.find(key)->second, text, hint));
  };
  if (line.task)
    check_task(line, wrong);
  else if (line.checked.kind == ScenarioKind::kOnce)
    wrong("pipeline",
          line.file.path() +
              " has neither a twiliosrc that waits for calls nor a webrtcbin: it "
              "is no line that can be called",
          "it runs by itself: jackfield run " + line.file.path());
  if (line.checked.kind == ScenarioKind::kWebRtc && !line.conf.numbers.empty())
    wrong("numbers", "the line '" + line.name + "' is called from browsers, which need no number",
          "take it away; " + line.file.path() + " has a webrtcbin");
  if (!line.task) check_rooms(line, wrong);
  const auto& mentioned = line.checked.text.variables;
  for (const auto& [name, value] : line.conf.variables) {
    if (std::find(mentioned.begin(), mentioned.end(), name) == mentioned.end())
      wrong(name, "the variable " + name + " does not occur in " + line.file.path(),
            did_you_mean(name, mentioned));
  }
  for (const std::string& name : line.variables.misspelt_of_profile(mentioned))
    wrong("profile",
          "the profile '" + line.profile_name + "' has a value for " + name +
              ", which does not occur in " + line.file.path(),
          did_you_mean(name, mentioned));
}

}  // namespace

std::vector<std::string> Lines::env_folders() const {
  std::vector<std::string> folders;
  if (conf) folders.push_back(conf->folder());
  if (!conf) folders.push_back(all.front().file.folder());
  folders.emplace_back(".");
  return folders;
}

std::string Lines::env_file(const std::string& used) const {
  return used.empty()
             ? gstpp::CharPtr{g_build_filename(env_folders().front().c_str(), ".env", nullptr)}
                   .get()
             : used;
}

std::optional<Lines> read_lines(const std::string& path, const std::string& profile,
                                const Variables& variables) {
  if (!ConfFile::is_named(path)) return read_alone(path, profile, variables);
  if (profile.empty()) return read_conf_lines(path, variables);
  print_error("--profile is for a pipeline file; in " + path +
              " each line has its own: profile=" + profile);
  return std::nullopt;
}

bool check_line(const Lines& lines, Line& line, std::vector<std::string>& errors) {
  const std::size_t before = errors.size();
  if (auto checked = check_pipeline(line.file, line.variables, errors)) {
    line.checked = *std::move(checked);
    if (lines.conf) check_fit(*lines.conf, line, errors);
  } else if (lines.conf) {
    // Which line it is, for what is wrong may come from its variables.
    errors.push_back(lines.conf->describe(
        line.conf.offsets.find("pipeline")->second,
        std::string{line.task ? "the task" : "the line"} + " '" + line.name + "' cannot be used"));
  }
  return errors.size() == before;
}

bool check_line(const Lines& lines, Line& line) {
  std::vector<std::string> errors;
  const bool good = check_line(lines, line, errors);
  for (const std::string& text : errors) print_located(text);
  return good;
}

const char* what_it_does(ScenarioKind kind) {
  switch (kind) {
    case ScenarioKind::kPhone:
      return "serves phone calls";
    case ScenarioKind::kWebRtc:
      return "serves browser calls";
    case ScenarioKind::kRoom:
      return "holds conferences";
    case ScenarioKind::kOnce:
      break;
  }
  return "runs by itself";
}

std::vector<Line*> Lines::with_tasks() {
  std::vector<Line*> lines;
  for (auto* some : {&all, &tasks})
    for (Line& line : *some) lines.push_back(&line);
  return lines;
}

std::vector<const Line*> Lines::with_tasks() const {
  std::vector<const Line*> lines;
  for (const auto* some : {&all, &tasks})
    for (const Line& line : *some) lines.push_back(&line);
  return lines;
}

std::vector<std::string> mentioned_variables(const Lines& lines) {
  std::vector<std::string> all;
  for (const Line* one : lines.with_tasks()) {
    const Line& line = *one;
    const auto names = line.file.mentioned_variables(line.variables);
    all.insert(all.end(), names.begin(), names.end());
    // Those of a room's seats are known when it was checked.
    const auto& checked = line.checked.text.variables;
    all.insert(all.end(), checked.begin(), checked.end());
  }
  return all;
}

}  // namespace jackfield::cli
