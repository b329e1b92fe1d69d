// The rows that `jackfield tail` prints, and the one that changes in place. Pure; one thread at a
// time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/core/api_values.hpp"
#include "json_reader.hpp"
#include "terminal/core/styled_row.hpp"

namespace jackfield::client {

class TailView {
 public:
  // The calls that run, at first and after each loss of the connection: rows about those that have
  // ended meanwhile.
  std::vector<StyledRow> running(const std::vector<Session>& sessions);
  // Rows for an event.
  std::vector<StyledRow> event(const JsonValue& message);
  // What is being said just now, its last words; an empty row when nobody says anything.
  StyledRow interim(std::size_t columns) const;

  std::size_t running_count() const { return sessions_.size(); }
  bool is_running(const std::string& session) const { return sessions_.contains(session); }

 private:
  struct Known {
    std::string line;
    double at_ms = 0;  // of the last line
  };
  struct Interim {
    std::string session;
    Entry entry;
  };
  StyledRow row(const std::string& session, const std::string& line, double at_ms) const;

  std::map<std::string, Known> sessions_;
  std::size_t id_length_ = 4;
  std::vector<Interim> interim_;  // the last one is shown
};

}  // namespace jackfield::client
