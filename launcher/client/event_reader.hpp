// Follows the events of a control API (WebSocket, sub-protocol jackfield.events.v1), again after
// the connection was lost. Main thread.
//
// What arrives faster than it is taken waits in a queue with a bound; when that is full, the
// connection is made anew and tells how things are then.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/api_client.hpp"

namespace jackfield::client {

class EventReader {
 public:
  struct Config {
    std::vector<std::string> sessions;  // ids; none: all
    std::vector<std::string> events;    // names
  };
  struct Callbacks {
    // Answered, at first and after each loss: the message with "sessions", those that run.
    std::function<void(const JsonValue& message)> subscribed;
    std::function<void(const JsonValue& message)> event;
    // Nothing comes for now; `problem` says why. `final`: it is not tried again.
    std::function<void(const Answer& problem, bool final)> lost;
  };

  // Connects at once. `client` outlives it. The reader must not be destroyed in a callback.
  EventReader(const ApiClient& client, Config config, Callbacks callbacks);
  ~EventReader();
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace jackfield::client
