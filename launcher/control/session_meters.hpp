// Tells readers of the event socket who name a session what is measured in it: `level` up to ten
// times a second, `jitter` and `elements` once a second. Nothing is measured of sessions that
// nobody has named. Main thread.
#pragma once

#include <glib.h>

#include <map>
#include <string>
#include <vector>

#include "control/core/jitter_report.hpp"
#include "control/event_socket.hpp"
#include "control/session_directory.hpp"
#include "control/session_host.hpp"

namespace jackfield {

class SessionMeters final : public DirectoryListener {
 public:
  // All must outlive it.
  SessionMeters(EventSocket& events, SessionDirectory& directory, LocalSessionHost& host);
  ~SessionMeters() override;
  SessionMeters(const SessionMeters&) = delete;
  SessionMeters& operator=(const SessionMeters&) = delete;

  void running(const SessionView& view) override;
  void ended(const SessionView& view, bool kept) override;

 private:
  struct Watched {
    bool has_levels = false;                     // are the voices being measured?
    std::map<std::string, JitterReport> jitter;  // by element
  };
  using Sessions = std::map<std::string, Watched, std::less<>>;

  void tell_levels();
  void tell_figures();
  void tell_jitter(const std::string& id);
  void tell_elements(const std::string& id);

  EventSocket& events_;
  SessionDirectory& directory_;
  LocalSessionHost& host_;
  Sessions sessions_;  // that run
  guint level_timer_ = 0, figure_timer_ = 0;
};

}  // namespace jackfield
