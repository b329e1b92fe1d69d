#include "tool_audit.hpp"

#include <utility>

#include "session_context.hpp"

namespace agentbrain {

namespace {

constexpr guint64 kPatience = GST_SECOND / 2;

}  // namespace

void ToolAudit::open(GstElement* element, const std::string& path) {
  const jackfield::SessionContext session = jackfield::session_context(element);
  {
    const std::lock_guard lock(lock_);
    whose_.session = session.session;
    whose_.line = session.line;
  }
  const std::string& file = path.empty() ? session.audit_log : path;
  if (!file.empty()) log_.emplace(file);
}

void ToolAudit::set_caller(const std::string& caller) {
  const std::lock_guard lock(lock_);
  whose_.caller = caller;
}

void ToolAudit::write(const tools::AuditEntry& entry, tools::AuditLog::Written written) const {
  if (!log_) return;
  tools::AuditedSession whose;
  {
    const std::lock_guard lock(lock_);
    whose = whose_;
  }
  log_->write(tools::audit_line(whose, entry, g_get_real_time()), std::move(written));
}

void ToolAudit::flush() const {
  if (log_) tools::AuditLog::flush(kPatience);
}

}  // namespace agentbrain
