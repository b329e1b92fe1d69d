// Sessions that a control API knows, over as many answers as it takes. Main thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/api_client.hpp"
#include "client/core/api_values.hpp"

namespace jackfield::client {

struct SessionList {
  std::vector<Session> sessions;  // newest first
  std::string json;               // the same, as the server told them: a JSON array
  bool complete = true;           // false: there are more
};

struct SessionQuery {
  const char* state = nullptr;  // "running", "ended", nullptr: both
  std::string line;             // "": all
  std::size_t most = 10'000;
};

// nullopt: `failure` has the answer that was none.
std::optional<SessionList> list_sessions(const ApiClient& client, const SessionQuery& query,
                                         Answer& failure);

}  // namespace jackfield::client
