// The lines of a run: those of a jackfield.conf, or the one that a pipeline file is by itself. Each
// has its file, its variables, its limits. Errors are told on the terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/conf_file.hpp"
#include "scenario/pipeline_file.hpp"
#include "scenario/profile.hpp"
#include "schedule/scheduler.hpp"

namespace jackfield::cli {

struct Line {
  std::string name;
  PipelineFile file;
  Variables variables;
  std::string profile_name;
  std::optional<Profile> profile;
  LineConf conf;            // of the jackfield.conf; else nothing but the name
  CheckedPipeline checked;  // by check_line()
  bool task = false;        // nobody calls it: it is a [task NAME]

  // How it is called, when it is checked.
  bool by_telephone() const {
    return checked.kind == ScenarioKind::kPhone || has_seat(SeatKind::kPhone);
  }
  bool from_browsers() const {
    return checked.kind == ScenarioKind::kWebRtc || has_seat(SeatKind::kBrowser);
  }
  // Of a conference.
  bool has_seat(SeatKind kind) const;
  unsigned agents() const { return has_seat(SeatKind::kAgent) ? conf.agents.value_or(1) : 0; }
  unsigned room_size() const { return conf.room_size.value_or(checked.most_seats); }
};

struct Lines {
  std::optional<ConfFile> conf;
  std::vector<Line> all;
  // Of a jackfield.conf, in its order.
  std::vector<Line> tasks;
  std::vector<ScheduleSettings> schedules;

  // Lines and tasks.
  std::vector<Line*> with_tasks();
  std::vector<const Line*> with_tasks() const;

  // The folders in which a .env is looked for.
  std::vector<std::string> env_folders() const;
  // The .env that counts: `used`, if one was read, else one that may be written.
  std::string env_file(const std::string& used) const;
};

// What is at `path`, with these variables (the built-in ones and those of the command line).
// `profile`: of the command line. nullopt after saying what is wrong.
std::optional<Lines> read_lines(const std::string& path, const std::string& profile,
                                const Variables& variables);

// Checks the line's pipeline and what jackfield.conf says about it; every mistake is a text for the
// user, of several lines for a terminal. GStreamer must be initialised.
bool check_line(const Lines& lines, Line& line, std::vector<std::string>& errors);
// The same; false after saying what is wrong.
bool check_line(const Lines& lines, Line& line);

// "serves phone calls" and the like.
const char* what_it_does(ScenarioKind kind);

// Every variable that the files of the lines and tasks mention.
std::vector<std::string> mentioned_variables(const Lines& lines);

}  // namespace jackfield::cli
