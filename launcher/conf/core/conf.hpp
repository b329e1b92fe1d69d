// jackfield.conf: what one jackfield is told about itself and its lines. docs/jackfield-conf.md is
// the same for users. Pure.
//
//   [server]
//   listen=0.0.0.0:443
//   [line reception]
//   pipeline=phone-agent.gst
//   numbers=+15552223333
//   people=anna
//   GREETING=Good morning      a variable of the pipeline file: its name is in capitals
//   [task research]            what an agent does by itself
//   [schedule news]            when it does so
//   [person anna]
//   phone=+15552224444
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/core/conf_keys.hpp"
#include "conf/core/person_section.hpp"
#include "conf/core/server_settings.hpp"
#include "conference/core/room_rules.hpp"
#include "scenario/core/pipeline_text.hpp"
#include "scenario/core/variables.hpp"
#include "schedule/core/planner.hpp"

namespace jackfield {

struct LineConf {
  std::string name;
  std::string pipeline;
  std::string profile;                        // "": none
  Variables::Map variables;                   // ${HERE} in them is still to be replaced
  std::vector<std::string> numbers;           // as Twilio names them, each once in the whole file
  std::string callers;                        // the directory, in place of the server's; "": that
  std::optional<unsigned> max_calls;          // besides that of the server
  std::optional<unsigned> max_call_duration;  // s, in place of the server's
  // Of a conference.
  conference::RoomSettings rooms;
  std::optional<unsigned> agents;        // that come with the first person
  std::optional<unsigned> room_size;     // seats
  std::vector<std::string> tasks;        // that its agent can start
  std::vector<std::string> people;       // whom its agents may call and ask
  std::optional<unsigned> ring_timeout;  // s
  std::optional<unsigned> ask_timeout;   // s
  // Where things stand in the file, by key; "" is the section itself.
  std::map<std::string, std::size_t, std::less<>> offsets;
};

// A pipeline with an agentloop in it, which works on a goal.
struct TaskConf {
  LineConf line;  // its name, pipeline, profile, variables and offsets; the rest is of lines only
  std::string description;
  std::string goal;          // "": whoever starts it says it
  unsigned max_running = 1;  // at a time
  unsigned timeout = 600;    // s
};

// When a task is started.
struct ScheduleConf {
  std::string name;
  std::string task;
  std::string goal;                        // "": the task's
  std::string at;                          // not looked at here: it depends on the time zone
  std::string time_zone;                   // "": the machine's
  std::optional<schedule::Timing> timing;  // unless it is `at`
  std::string written;                     // "cron=0 9 * * *"
  schedule::Seconds catch_up = schedule::kHour;
  std::optional<unsigned> timeout;  // s, in place of the task's
  std::map<std::string, std::size_t, std::less<>> offsets;
};

struct Conf {
  ServerSettings server;
  // Where each key of [server] that is given has its value.
  std::map<std::string, std::size_t, std::less<>> server_offsets;
  std::vector<LineConf> lines;
  std::vector<TaskConf> tasks;
  std::vector<ScheduleConf> schedules;
  std::vector<PersonConf> people;
};

// What the file says; only good when nothing was added to `errors`.
Conf read_conf(std::string_view source, std::vector<TextError>& errors);

}  // namespace jackfield
