#include "records/event_log.hpp"

#include <glib/gstdio.h>

#include "records/call_record.hpp"
#include "text/redaction.hpp"

namespace jackfield {

bool EventLog::open(const std::string& path, std::string& error) {
  file_.reset(path == "-" ? stdout : g_fopen(path.c_str(), "a"));
  if (!file_) error = "cannot write events to " + path + ": " + g_strerror(errno);
  return file_ != nullptr;
}

JsonObjectPtr EventLog::begin(const char* event, const std::string& id) const {
  JsonObjectPtr object{json_object_new()};
  json_object_set_string_member(object.get(), "time", iso_time(g_get_real_time()).c_str());
  json_object_set_string_member(object.get(), "event", event);
  if (!id.empty()) json_object_set_string_member(object.get(), "session", id.c_str());
  return object;
}

void EventLog::write(const JsonObjectPtr& object) {
  if (!file_) return;
  std::fprintf(file_.get(), "%s\n", redacted(to_text(object.get())).c_str());
  std::fflush(file_.get());
}

void EventLog::note(const char* event, const Fields& fields) {
  const JsonObjectPtr object = begin(event, "");
  for (const auto& [key, value] : fields)
    json_object_set_string_member(object.get(), key, value.c_str());
  write(object);
}

void EventLog::opened(const std::string& id, const std::string& line, const std::string& folder) {
  const JsonObjectPtr object = begin("session-opened", id);
  json_object_set_string_member(object.get(), "line", line.c_str());
  json_object_set_string_member(object.get(), "folder", folder.c_str());
  write(object);
}

void EventLog::running(const std::string& id) { write(begin("session-running", id)); }

void EventLog::message(const std::string& id, const GstStructure& message,
                       const std::optional<CallEvent>&, GstClockTime) {
  const std::string name = gst_structure_get_name(&message);
  if (!is_recorded(message)) return;
  const JsonObjectPtr object = begin(name.c_str(), id);
  json_object_set_object_member(object.get(), "fields", structure_to_json(message).release());
  write(object);
}

void EventLog::warning(const std::string& id, const std::string& text) {
  const JsonObjectPtr object = begin("warning", id);
  json_object_set_string_member(object.get(), "text", text.c_str());
  write(object);
}

void EventLog::error(const std::string& id, const std::string& text) {
  const JsonObjectPtr object = begin("error", id);
  json_object_set_string_member(object.get(), "text", text.c_str());
  write(object);
}

void EventLog::closed(const SessionSummary& summary) {
  const JsonObjectPtr object = begin("session-closed", summary.id);
  json_object_set_string_member(object.get(), "reason", summary.reason.c_str());
  json_object_set_boolean_member(object.get(), "failed", summary.failed);
  json_object_set_boolean_member(object.get(), "call", summary.was_call);
  json_object_set_int_member(object.get(), "duration-ms",
                             static_cast<gint64>(summary.duration / GST_MSECOND));
  if (!summary.folder.empty())
    json_object_set_string_member(object.get(), "folder", summary.folder.c_str());
  write(object);
}

}  // namespace jackfield
