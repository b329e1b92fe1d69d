// jackfield.conf: what one jackfield is told about itself and its lines. docs/jackfield-conf.md is
// the same for users. Pure.
//
//   [server]
//   listen=0.0.0.0:443
//   [line reception]
//   pipeline=phone-agent.gst
//   numbers=+15552223333
//   GREETING=Good morning      a variable of the pipeline file: its name is in capitals
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/core/server_settings.hpp"
#include "conference/core/room_rules.hpp"
#include "scenario/core/pipeline_text.hpp"
#include "scenario/core/variables.hpp"

namespace jackfield {

struct LineConf {
  std::string name;
  std::string pipeline;
  std::string profile;                        // "": none
  Variables::Map variables;                   // ${HERE} in them is still to be replaced
  std::vector<std::string> numbers;           // as Twilio names them, each once in the whole file
  std::optional<unsigned> max_calls;          // besides that of the server
  std::optional<unsigned> max_call_duration;  // s, in place of the server's
  // Of a conference.
  conference::RoomSettings rooms;
  std::optional<unsigned> agents;     // that come with the first person
  std::optional<unsigned> room_size;  // seats
  // Where things stand in the file, by key; "" is the section itself.
  std::map<std::string, std::size_t, std::less<>> offsets;
};

struct Conf {
  ServerSettings server;
  // Where each key of [server] that is given has its value.
  std::map<std::string, std::size_t, std::less<>> server_offsets;
  std::vector<LineConf> lines;
};

// Letters, digits, '-' and '_', at most 64 of them: a line's name is part of URLs.
bool is_line_name(std::string_view name);

// What the file says; only good when nothing was added to `errors`.
Conf read_conf(std::string_view source, std::vector<TextError>& errors);

}  // namespace jackfield
