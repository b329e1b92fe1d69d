// What ToolRunner wants of its owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "audit_line.hpp"
#include "offered_functions.hpp"

namespace agentbrain::tools {

struct ToolAction {
  enum class Kind {
    kOffer,     // `text`: the list of functions, JSON, in place of the last one
    kAudit,     // `event` goes into the audit log; a beginning waits for recorded()
    kAnnounce,  // the call begins, or is refused: for records
    kStart,     // ask server `server`, or the agent, for `tool` with `arguments`
    kEmit,      // ask the application
    kCancel,    // `server`, `run`: nobody waits any more
    kAnswer,    // `text` is what the model that asked is told
    kReport,    // the call is over: for records
    kFiller,    // say `text`, unless something is heard
    kWaiting,   // a reply waits for its tools until `until` at most; 0: not any more
  };
  Kind kind = Kind::kOffer;
  AuditEntry::Event event = AuditEntry::Event::kBegin;
  std::uint64_t run = 0;
  std::size_t server = kApplication;
  std::string server_name;  // "" the application
  int stage = 0;            // who asked
  std::string call_id;
  unsigned turn = 0;
  std::string function;
  std::string tool;
  std::string arguments;    // announce, audit: without secrets
  std::string text;         // report: without secrets, cut; audit: why it failed
  std::string outcome;      // of outcome_name(), or "refused", "asked", "unknown", "reused"
  Time duration = 0;        // report, audit
  std::size_t bytes = 0;    // report, audit: of the whole result
  bool background = false;  // report, audit: the reply that asked had been cut
  bool confirmed = false;   // the caller was asked before
  Time until = 0;
  Time timeout = 0;  // start
};

// Of kAudit.
AuditEntry audit_entry(const ToolAction& action);

}  // namespace agentbrain::tools
