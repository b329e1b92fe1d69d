// Sessions that are over, as their records tell. Answers come later, on the main thread.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/session_view.hpp"

namespace jackfield {

struct EndedQuery {
  std::size_t limit = 50;
  std::string before;  // EndedPage::next of the page before; "": from the newest
  std::optional<std::string> line;
  std::string number;  // is part of `from` or `to`
  std::optional<bool> failed;
  std::string text;  // was said
};

struct EndedPage {
  std::vector<SessionView> sessions;  // newest first
  // Where to go on; "" at the end. With it a page may have fewer sessions than were asked for.
  std::string next;
};

class EndedSessions {
 public:
  using Ids = std::set<std::string, std::less<>>;

  virtual ~EndedSessions() = default;
  // Each is false when too much waits already; then `done` is never called. Nor is it when the
  // object is gone. `running`: sessions that are not to be listed, for they run.
  [[nodiscard]] virtual bool list(const EndedQuery& query, Ids running,
                                  std::function<void(EndedPage)> done) = 0;
  // nullopt: there is no such session.
  [[nodiscard]] virtual bool detail(const std::string& id,
                                    std::function<void(std::optional<SessionDetail>)> done) = 0;
};

}  // namespace jackfield
