// What became of a request to a control API, and what to do when it went wrong. Pure.
#pragma once

#include <string>
#include <string_view>

#include "json_reader.hpp"

namespace jackfield::client {

enum class Outcome {
  kDone,
  kRefused,      // the API says no: no such call, for example
  kDenied,       // without a right token it says nothing
  kUnreachable,  // nobody answers, or not in time
  kForeign,      // what answers is no jackfield, or one without this part of the API
};

struct Answer {
  Outcome outcome = Outcome::kUnreachable;
  JsonValue json;       // kDone: an object
  std::string text;     // kDone: the same as it came
  std::string problem;  // for people, clean; what to do on further lines
};

// The words of a server's answer are its own: they are shown as one line.
struct HttpAnswer {
  int status = 0;
  std::string_view location;  // where a redirect leads to
  std::string body;
};
// `server` is how it is called in texts.
Answer read_answer(HttpAnswer answer, const std::string& server, bool has_token);

// Nobody there: `why` in words of the system.
Answer unreachable(const std::string& server, std::string_view why, bool timed_out);

// The same outcomes for a WebSocket that was refused with this status.
Answer refused_socket(int status, const std::string& server, bool has_token);

}  // namespace jackfield::client
