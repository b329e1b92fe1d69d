#include "callers/caller_json.hpp"

#include "records/call_record.hpp"

namespace jackfield {
namespace {

void set_text(JsonObject* object, const char* name, const std::string& value) {
  json_object_set_string_member(object, name, value.c_str());
}

void set_time(JsonObject* object, const char* name, std::int64_t seconds) {
  if (seconds <= 0) return json_object_set_null_member(object, name);
  set_text(object, name, iso_time(seconds * 1'000'000));
}

}  // namespace

JsonObjectPtr caller_json(const callers::Caller& caller, bool notes) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  set_text(object, "caller", caller.identity);
  set_text(object, "name", caller.name);
  set_text(object, "language", caller.language);
  JsonArray* permissions = json_array_new();
  for (const std::string& one : caller.permissions)
    json_array_add_string_element(permissions, one.c_str());
  json_object_set_array_member(object, "permissions", permissions);
  set_time(object, "created", caller.created);
  set_time(object, "changed", caller.changed);
  set_time(object, "last-call", caller.last_call);
  json_object_set_int_member(object, "calls", caller.calls);
  json_object_set_int_member(object, "note-count", static_cast<gint64>(caller.note_count));
  if (!notes) return json;
  JsonArray* list = json_array_new();
  for (const callers::Note& note : caller.notes) {
    JsonObject* one = json_object_new();
    json_object_set_int_member(one, "id", note.id);
    set_time(one, "time", note.time);
    set_text(one, "author", callers::author_name(note.author));
    set_text(one, "source", note.source);
    set_text(one, "text", note.text);
    json_array_add_object_element(list, one);
  }
  json_object_set_array_member(object, "notes", list);
  return json;
}

}  // namespace jackfield
