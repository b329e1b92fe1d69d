// What the control API tells of the server itself. Main thread.
#pragma once

#include <glib.h>

#include "control/session_directory.hpp"
#include "platform/process_figures.hpp"
#include "records/message_json.hpp"
#include "scenario/session_registry.hpp"
#include "serve/core/refusals.hpp"

namespace jackfield {

class ServerView {
 public:
  // All must outlive it.
  ServerView(const SessionDirectory& directory, const SessionRegistry& registry,
             const Refusals& refusals, std::size_t max_sessions);
  ~ServerView();
  ServerView(const ServerView&) = delete;
  ServerView& operator=(const ServerView&) = delete;

  // GET /api/v1/server.
  JsonObjectPtr json() const;
  gint64 started_at() const { return started_at_; }  // Unix time in µs
  // Of the last seconds: 100 is one processor.
  double cpu_percent() const { return cpu_percent_; }

 private:
  void measure();

  const SessionDirectory& directory_;
  const SessionRegistry& registry_;
  const Refusals& refusals_;
  const std::size_t max_sessions_;
  const gint64 started_at_;
  double cpu_seconds_ = 0;
  gint64 measured_at_ = 0;
  double cpu_percent_ = 0;
  guint timer_ = 0;
};

}  // namespace jackfield
