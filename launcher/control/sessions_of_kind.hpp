// Tells the directory of sessions that are of another kind and file than their line. Main thread.
#pragma once

#include <string>
#include <utility>

#include "control/session_directory.hpp"

namespace jackfield {

class SessionsOfKind final : public CallObserver {
 public:
  // `scenario`: the file's name without its folder. `counts`: as calls of their line.
  SessionsOfKind(SessionDirectory& directory, std::string kind, std::string scenario,
                 bool counts = false)
      : directory_(directory),
        kind_(std::move(kind)),
        scenario_(std::move(scenario)),
        counts_(counts) {}

  void opened(const std::string& id, const std::string& line, const std::string& folder) override {
    directory_.opened_as(id, line, folder, scenario_, kind_, counts_);
  }
  void running(const std::string& id) override { directory_.running(id); }
  void ending(const std::string& id, const std::string& reason) override {
    directory_.ending(id, reason);
  }
  void message(const std::string& id, const GstStructure& message,
               const std::optional<CallEvent>& event, GstClockTime now) override {
    directory_.message(id, message, event, now);
  }
  void warning(const std::string& id, const std::string& text) override {
    directory_.warning(id, text);
  }
  void error(const std::string& id, const std::string& text) override {
    directory_.error(id, text);
  }
  void closed(const SessionSummary& summary) override { directory_.closed(summary); }

 private:
  SessionDirectory& directory_;
  const std::string kind_, scenario_;
  const bool counts_;
};

}  // namespace jackfield
