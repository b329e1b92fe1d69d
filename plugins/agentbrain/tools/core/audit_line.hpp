// Lines of the audit log: one JSON object for each call of a tool that begins or is refused, and
// one for its end (docs/tools.md). Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace agentbrain::tools {

// Whose agent calls; "" what is not known.
struct AuditedSession {
  std::string session;
  std::string line;
  std::string caller;
};

struct AuditEntry {
  enum class Event {
    kBegin,    // it is about to be carried out
    kRefused,  // it is not carried out
    kEnd,
  };
  Event event = Event::kBegin;
  std::string call_id;
  unsigned turn = 0;
  std::string server;  // "" the application, "agent" the agent itself
  std::string tool;
  // Without secrets, all of them.
  std::string arguments;
  std::string reason;          // not at the beginning: why it was refused, or failed; "" it did not
  std::string outcome;         // not at the beginning
  std::uint64_t duration = 0;  // end: ns
  std::size_t bytes = 0;       // end: of the result
  bool background = false;     // end: nobody waited any more
  bool confirmed = false;      // the caller was asked, and has spoken since
};

// `time`: Unix time in microseconds. One line with its end.
std::string audit_line(const AuditedSession& whose, const AuditEntry& entry, std::int64_t time);

// "2026-11-23T09:30:00.125Z"
std::string utc_time(std::int64_t unix_us);

}  // namespace agentbrain::tools
