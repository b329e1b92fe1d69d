#include "control/task_json.hpp"

#include "records/call_record.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kUpcoming = 5;

void set_text(JsonObject* object, const char* name, const std::string& value) {
  json_object_set_string_member(object, name, value.c_str());
}

// null for "".
void set_name(JsonObject* object, const char* name, const std::string& value) {
  if (value.empty())
    json_object_set_null_member(object, name);
  else
    set_text(object, name, value);
}

void set_time(JsonObject* object, const char* name, const std::optional<UnixMs>& time) {
  if (time) set_text(object, name, iso_time(*time * 1000));
}

void set_last(JsonObject* object, RunHistory& history, RunHistory::Query query) {
  query.limit = 1;
  const auto runs = history.list(query);
  if (runs.empty())
    json_object_set_null_member(object, "last-run");
  else
    json_object_set_object_member(object, "last-run", to_json(runs.front()).release());
}

}  // namespace

JsonObjectPtr to_json(const TaskRun& run) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  set_text(object, "id", std::to_string(run.id));
  set_text(object, "task", run.task);
  set_text(object, "goal", run.goal);
  set_text(object, "state", run.state());
  set_text(object, "started-by", run.started_by);
  set_name(object, "schedule", run.schedule);
  if (run.due)
    set_text(object, "due", iso_time(*run.due * G_USEC_PER_SEC));
  else
    json_object_set_null_member(object, "due");
  set_name(object, "caller", run.caller);
  set_name(object, "session", run.session);
  set_time(object, "wanted-at", run.wanted);
  set_time(object, "started-at", run.started);
  set_time(object, "ended-at", run.ended);
  if (!run.ended) return json;
  set_text(object, "outcome", run.outcome);
  set_text(object, "text", run.text);
  if (run.steps) json_object_set_int_member(object, "steps", *run.steps);
  if (run.cost) json_object_set_double_member(object, "cost", *run.cost);
  return json;
}

JsonObjectPtr runs_json(const std::vector<TaskRun>& runs, std::size_t limit) {
  JsonArray* array = json_array_new();
  for (const TaskRun& run : runs) json_array_add_object_element(array, to_json(run).release());
  JsonObjectPtr object{json_object_new()};
  json_object_set_array_member(object.get(), "runs", array);
  set_name(object.get(), "next", runs.size() < limit ? "" : std::to_string(runs.back().id));
  return object;
}

JsonObjectPtr to_json(const TaskRuns::Task& task, RunHistory& history) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  const TaskSettings& settings = task.settings;
  set_text(object, "name", settings.name);
  set_text(object, "description", settings.description);
  set_name(object, "goal", settings.goal);
  const gstpp::CharPtr scenario{g_path_get_basename(settings.file.path().c_str())};
  set_text(object, "scenario", scenario.get());
  json_object_set_int_member(object, "timeout-ms", gint64{1000} * settings.timeout);
  json_object_set_int_member(object, "max-running", settings.max_running);
  json_object_set_int_member(object, "running", static_cast<gint64>(task.running));
  json_object_set_int_member(object, "waiting", static_cast<gint64>(task.waiting));
  set_last(object, history, {.task = settings.name, .schedule = {}, .caller = {}, .before = {}});
  return json;
}

JsonObjectPtr to_json(const ScheduleSettings& schedule, const Scheduler& scheduler,
                      RunHistory& history) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  set_text(object, "name", schedule.name);
  set_text(object, "task", schedule.task);
  set_name(object, "goal", schedule.goal);
  set_text(object, "rule", schedule.written);
  set_name(object, "time-zone", schedule.time_zone);
  json_object_set_int_member(object, "catch-up-ms", gint64{1000} * schedule.rule.catch_up);
  JsonArray* upcoming = json_array_new();
  for (const schedule::Seconds time : scheduler.upcoming(schedule, kUpcoming))
    json_array_add_string_element(upcoming, iso_time(time * G_USEC_PER_SEC).c_str());
  json_object_set_array_member(object, "upcoming", upcoming);
  set_last(object, history, {.task = {}, .schedule = schedule.name, .caller = {}, .before = {}});
  return json;
}

}  // namespace jackfield
