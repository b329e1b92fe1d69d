// Where an agent's calls of tools are written down (docs/tools.md#the-audit-log). Any thread; none
// waits for a disk.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "audit_line.hpp"
#include "audit_log.hpp"

namespace agentbrain {

class ToolAudit {
 public:
  // Into the file `path`, or without one into that of the session that `element` belongs to, if it
  // has one. Before the first call.
  void open(GstElement* element, const std::string& path);
  bool is_open() const { return log_.has_value(); }
  void set_caller(const std::string& caller);

  // `written` is called in the log's thread; see AuditLog.
  void write(const tools::AuditEntry& entry, tools::AuditLog::Written written) const;
  // At the end of a conversation: what it told last stands in the file, unless the disk hangs.
  void flush() const;

 private:
  std::optional<tools::AuditLog> log_;
  mutable std::mutex lock_;
  tools::AuditedSession whose_;
};

}  // namespace agentbrain
