#include "control/routes_tasks.hpp"

#include <charconv>
#include <utility>

#include "control/task_json.hpp"

namespace jackfield {
namespace {

using Kind = JsonValue::Kind;

constexpr std::int64_t kMostRuns = 200;  // of a page

void answer_refusal(ApiAnswer& answer, const TaskRuns::Refusal& why) {
  const std::string_view code = why.code;
  const guint status = code == "no-such-task"                    ? SOUP_STATUS_NOT_FOUND
                       : code == "no-goal" || code == "bad-goal" ? SOUP_STATUS_BAD_REQUEST
                       : code == "no-state"                      ? SOUP_STATUS_INTERNAL_SERVER_ERROR
                                                                 : SOUP_STATUS_SERVICE_UNAVAILABLE;
  answer.error(status, why.code, why.text);
}

void answer_run(const ControlParts& parts, std::optional<std::int64_t> id,
                const TaskRuns::Refusal& why, ApiAnswer& answer) {
  if (!id) return answer_refusal(answer, why);
  const auto run = parts.tasks->history().find(*id);
  if (!run) return answer_refusal(answer, {.code = "no-state", .text = "its state is lost"});
  const JsonObjectPtr object{json_object_new()};
  json_object_set_object_member(object.get(), "run", to_json(*run).release());
  answer.json(SOUP_STATUS_CREATED, object);
}

void list_tasks(const ControlParts& parts, ApiAnswer& answer) {
  const JsonObjectPtr object{json_object_new()};
  JsonArray* array = json_array_new();
  if (parts.tasks) {
    for (const auto& task : parts.tasks->tasks())
      json_array_add_object_element(array, to_json(*task, parts.tasks->history()).release());
  }
  json_object_set_array_member(object.get(), "tasks", array);
  const auto number = [&](const char* name, std::size_t value) {
    json_object_set_int_member(object.get(), name, static_cast<gint64>(value));
  };
  number("running", parts.tasks ? parts.tasks->running() : 0);
  number("max-running", parts.tasks ? parts.tasks->config().max_running : 0);
  number("waiting", parts.tasks ? parts.tasks->waiting() : 0);
  number("max-waiting", parts.tasks ? parts.tasks->config().max_waiting : 0);
  answer.json(SOUP_STATUS_OK, object);
}

void start_task(const ControlParts& parts, const ApiRequest& request, ApiAnswer& answer) {
  TaskRuns::Refusal why{.code = "no-such-task", .text = "this server has no tasks"};
  std::optional<std::int64_t> id;
  if (parts.tasks)
    id = parts.tasks->start(
        {.task = request.text("task").value_or(""), .goal = request.text("goal").value_or("")},
        why);
  answer_run(parts, id, why, answer);
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  return failure == std::errc{} && stop == end && value > 0 ? std::optional{value} : std::nullopt;
}

// Those of the query, and of a schedule if it is given.
void list_runs(const ControlParts& parts, const ApiRequest& request,
               std::optional<std::string> schedule, ApiAnswer& answer) {
  RunHistory::Query query;
  query.task = request.query("task");
  query.schedule = std::move(schedule);
  if (const auto limit = request.query("limit")) {
    const auto number = whole_number(*limit);
    if (!number || *number > kMostRuns)
      return answer.error(SOUP_STATUS_BAD_REQUEST, "bad-query",
                          "'limit' is a number from 1 to 200");
    query.limit = static_cast<std::size_t>(*number);
  }
  if (const auto before = request.query("before")) {
    query.before = whole_number(*before);
    if (!query.before)
      return answer.error(SOUP_STATUS_BAD_REQUEST, "bad-query",
                          "'before' is what the page before has in 'next'");
  }
  answer.json(SOUP_STATUS_OK,
              runs_json(parts.tasks ? parts.tasks->history().list(query) : std::vector<TaskRun>{},
                        query.limit));
}

// nullopt: it was answered that there is none.
std::optional<TaskRun> run_of(const ControlParts& parts, const ApiRequest& request,
                              ApiAnswer& answer) {
  const auto id = whole_number(request.path_value("id"));
  auto run = id && parts.tasks ? parts.tasks->history().find(*id) : std::nullopt;
  if (!run)
    answer.error(SOUP_STATUS_NOT_FOUND, "no-such-run",
                 "there is no run of this id; GET /api/v1/task-runs lists them");
  return run;
}

void cancel_run(const ControlParts& parts, const ApiRequest& request, ApiAnswer& answer) {
  const auto run = run_of(parts, request, answer);
  if (!run) return;
  const auto reason = end_reason_of(request, answer);
  if (!reason) return;
  if (!parts.tasks->cancel(run->id, *reason))
    return answer.error(SOUP_STATUS_CONFLICT, "has-ended",
                        run->ended ? "this run has ended" : "this run is another server's");
  answer.json(SOUP_STATUS_ACCEPTED, JsonObjectPtr{json_object_new()});
}

void list_schedules(const ControlParts& parts, ApiAnswer& answer) {
  JsonArray* array = json_array_new();
  if (parts.scheduler) {
    for (const ScheduleSettings& schedule : parts.scheduler->schedules())
      json_array_add_object_element(
          array, to_json(schedule, *parts.scheduler, parts.tasks->history()).release());
  }
  const JsonObjectPtr object{json_object_new()};
  json_object_set_array_member(object.get(), "schedules", array);
  answer.json(SOUP_STATUS_OK, object);
}

// nullptr: it was answered that there is none.
const ScheduleSettings* schedule_of(const ControlParts& parts, const ApiRequest& request,
                                    ApiAnswer& answer) {
  const ScheduleSettings* schedule =
      parts.scheduler ? parts.scheduler->find(request.path_value("id")) : nullptr;
  if (!schedule)
    answer.error(SOUP_STATUS_NOT_FOUND, "no-such-schedule",
                 "there is no schedule of this name; GET /api/v1/schedules lists them");
  return schedule;
}

}  // namespace

void add_task_routes(ApiRouter& router, const ControlParts& parts) {
  router.add(
      {.method = "GET", .path = "/api/v1/tasks"},
      [&parts](const ApiRequest&, const ApiAnswerPtr& answer) { list_tasks(parts, *answer); });
  router.add({.method = "POST",
              .path = "/api/v1/tasks",
              .body = {{"task", Kind::kString, true}, {"goal", Kind::kString}}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               start_task(parts, request, *answer);
             });
  router.add({.method = "GET",
              .path = "/api/v1/task-runs",
              .query = {"task", "schedule", "before", "limit"}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               list_runs(parts, request, request.query("schedule"), *answer);
             });
  router.add({.method = "GET", .path = "/api/v1/task-runs/{id}"},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               if (const auto run = run_of(parts, request, *answer))
                 answer->json(SOUP_STATUS_OK, to_json(*run));
             });
  router.add({.method = "POST",
              .path = "/api/v1/task-runs/{id}/cancel",
              .body = {{"reason", Kind::kString}}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               cancel_run(parts, request, *answer);
             });
  router.add(
      {.method = "GET", .path = "/api/v1/schedules"},
      [&parts](const ApiRequest&, const ApiAnswerPtr& answer) { list_schedules(parts, *answer); });
  router.add(
      {.method = "GET", .path = "/api/v1/schedules/{id}/runs", .query = {"before", "limit"}},
      [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
        if (const auto* schedule = schedule_of(parts, request, *answer))
          list_runs(parts, request, schedule->name, *answer);
      });
  router.add({.method = "POST", .path = "/api/v1/schedules/{id}/run"},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               const auto* schedule = schedule_of(parts, request, *answer);
               if (!schedule) return;
               TaskRuns::Refusal why;
               const auto id = parts.scheduler->run_now(*schedule, why);
               answer_run(parts, id, why, *answer);
             });
}

}  // namespace jackfield
