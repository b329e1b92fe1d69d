// Puts events of calls and what was said before into one order: each line of a conversation once,
// also after the connection was lost. Pure; one thread at a time.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "json_reader.hpp"

namespace jackfield::client {

class TailFlow {
 public:
  static constexpr std::size_t kMostHeld = 2000;  // events of one call
  static constexpr std::size_t kMostKnown = 64;   // lines of one call that are known again

  // An event of the socket: what is to be shown now, in order.
  std::vector<JsonValue> event(const JsonValue& message);

  // What was said so far in a call is asked for: its events wait until it is there.
  void hold(const std::string& session);
  // The answer, {"entries":[...]}: what of it was not shown yet, as events, then what waited. An
  // answer that is none has no entries.
  std::vector<JsonValue> release(const std::string& session, const std::string& line,
                                 const JsonValue& answer);

 private:
  struct Known {
    bool held = false;
    std::vector<JsonValue> waiting;
    std::deque<std::string> shown;  // keys of lines
  };
  bool is_new(Known& known, const JsonValue& message);

  std::map<std::string, Known> sessions_;
};

}  // namespace jackfield::client
