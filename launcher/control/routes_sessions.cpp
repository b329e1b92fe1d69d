#include "control/routes_sessions.hpp"

#include <utility>

#include "control/latency_json.hpp"
#include "control/media_json.hpp"
#include "control/session_list.hpp"
#include "control/task_json.hpp"
#include "records/latency_stages.hpp"

namespace jackfield {
namespace {

void set_text(JsonObject* object, const char* name, const std::string& value) {
  json_object_set_string_member(object, name, value.c_str());
}

JsonArray* texts(const std::vector<std::string>& list) {
  JsonArray* array = json_array_new();
  for (const std::string& text : list) json_array_add_string_element(array, text.c_str());
  return array;
}

JsonObjectPtr line_json(const LineView& line) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  const auto number = [&](const char* name, std::uint64_t value) {
    json_object_set_int_member(object, name, static_cast<gint64>(value));
  };
  set_text(object, "name", line.name);
  set_text(object, "scenario", line.scenario);
  set_text(object, "kind", line.kind);
  set_text(object, "profile", line.profile);
  json_object_set_array_member(object, "numbers", texts(line.numbers));
  number("max-sessions", line.max_sessions);
  number("sessions", line.sessions);
  number("calls-total", line.calls_total);
  number("failed-total", line.failed_calls);
  set_text(object, "url", line.url);
  set_text(object, "page", line.page);
  return json;
}

JsonObjectPtr lines_json(const std::vector<LineView>& lines) {
  JsonArray* array = json_array_new();
  for (const LineView& line : lines)
    json_array_add_object_element(array, line_json(line).release());
  JsonObjectPtr object{json_object_new()};
  json_object_set_array_member(object.get(), "lines", array);
  return object;
}

void set_media(JsonObject* object, const SessionDetail& detail) {
  if (detail.media)
    json_object_set_object_member(object, "media", media_json(detail.media.get()).release());
  else
    json_object_set_null_member(object, "media");
}

JsonObjectPtr detail_json(const SessionDetail& detail) {
  JsonObjectPtr object = to_json(detail.view);
  json_object_set_array_member(object.get(), "errors", texts(detail.errors));
  json_object_set_array_member(object.get(), "warnings", texts(detail.warnings));
  if (detail.recording_start_ms)
    json_object_set_double_member(object.get(), "recording-start-ms", *detail.recording_start_ms);
  set_media(object.get(), detail);
  return object;
}

JsonObjectPtr transcript_json(const SessionDetail& detail) {
  JsonArray* array = json_array_new();
  for (const TranscriptEntry& entry : detail.entries)
    json_array_add_object_element(array, to_json(entry, detail.times).release());
  JsonObjectPtr object{json_object_new()};
  json_object_set_array_member(object.get(), "entries", array);
  return object;
}

JsonObjectPtr latency_json_of(const SessionDetail& detail) {
  LatencyStages stages;
  JsonArray* turns = json_array_new();
  for (const TurnView& turn : detail.turns) {
    stages.add(turn.latency);
    json_array_add_object_element(turns, to_json(turn).release());
  }
  JsonObjectPtr object{json_object_new()};
  json_object_set_array_member(object.get(), "stages", to_json(stages.summaries()).release());
  json_object_set_array_member(object.get(), "turns", turns);
  set_media(object.get(), detail);
  return object;
}

// Of a session that runs, or is over.
using DetailJson = std::function<JsonObjectPtr(const SessionDetail&)>;
ApiRouter::Handler detail_handler(const ControlParts& parts, DetailJson json) {
  return [&parts, json](const ApiRequest& request, const ApiAnswerPtr& answer) {
    const std::string& id = request.path_value("id");
    if (const auto running = parts.directory.detail(id))
      return answer->json(SOUP_STATUS_OK, json(*running));
    const auto tell = [answer, json](const std::optional<SessionDetail>& ended) {
      if (ended) return answer->json(SOUP_STATUS_OK, json(*ended));
      answer->error(SOUP_STATUS_NOT_FOUND, "no-such-session",
                    "there is no session of this id; GET /api/v1/sessions lists them");
    };
    if (!parts.recordings.detail(id, tell)) answer_busy(*answer);
  };
}

void answer_description(ApiAnswer& answer) {
  gstpp::ErrorPtr error;
  const gstpp::BytesPtr bytes{g_resources_lookup_data(
      "/jackfield/control/openapi.json", G_RESOURCE_LOOKUP_FLAGS_NONE, gstpp::OutPtr{error})};
  if (!bytes) return answer.error(SOUP_STATUS_INTERNAL_SERVER_ERROR, "internal", error->message);
  answer.bytes(SOUP_STATUS_OK, "application/json", bytes.get());
}

}  // namespace

void add_session_routes(ApiRouter& router, const ControlParts& parts) {
  const auto get = [&](const char* path, ApiRouter::Handler handler,
                       std::vector<std::string> query = {}) {
    router.add({.method = "GET", .path = path, .query = std::move(query)}, std::move(handler));
  };
  get("/api/v1/openapi.json",
      [](const ApiRequest&, const ApiAnswerPtr& answer) { answer_description(*answer); });
  get("/api/v1/server", [&parts](const ApiRequest&, const ApiAnswerPtr& answer) {
    answer->json(SOUP_STATUS_OK, parts.server.json());
  });
  get("/api/v1/lines", [&parts](const ApiRequest&, const ApiAnswerPtr& answer) {
    answer->json(SOUP_STATUS_OK, lines_json(parts.directory.lines()));
  });
  get("/api/v1/sessions",
      [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
        answer_session_list(request, parts, answer);
      },
      {"state", "line", "number", "failed", "text", "before", "limit"});
  get("/api/v1/sessions/{id}", detail_handler(parts, [&parts](const SessionDetail& detail) {
        JsonObjectPtr object = detail_json(detail);
        const auto run =
            parts.tasks ? parts.tasks->history().of_session(detail.view.id) : std::nullopt;
        if (run)
          json_object_set_object_member(object.get(), "task-run", to_json(*run).release());
        else
          json_object_set_null_member(object.get(), "task-run");
        return object;
      }));
  get("/api/v1/sessions/{id}/transcript", detail_handler(parts, transcript_json));
  get("/api/v1/sessions/{id}/latency", detail_handler(parts, latency_json_of));
  router.add({.method = "POST",
              .path = "/api/v1/sessions/{id}/hangup",
              .body = {{"reason", JsonValue::Kind::kString}}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               const auto reason = end_reason_of(request, *answer);
               if (!reason) return;
               parts.host.hang_up(
                   request.path_value("id"), *reason,
                   [answer](const HostResult& result) { answer_with(*answer, result); });
             });
}

}  // namespace jackfield
