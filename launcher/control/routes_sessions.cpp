#include "control/routes_sessions.hpp"

#include <utility>

#include "config.h"
#include "platform/process_figures.hpp"
#include "records/call_record.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kLongestReason = 200;  // bytes

template <typename List>
JsonObjectPtr list_of(const char* name, const List& items) {
  JsonObjectPtr object{json_object_new()};
  JsonArray* array = json_array_new();
  for (const auto& item : items) json_array_add_object_element(array, to_json(item).release());
  json_object_set_array_member(object.get(), name, array);
  return object;
}

}  // namespace

JsonObjectPtr server_json(const ControlParts& parts) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  const auto number = [&](const char* name, std::uint64_t value) {
    json_object_set_int_member(object, name, static_cast<gint64>(value));
  };
  json_object_set_string_member(object, "name", PACKAGE_NAME);
  json_object_set_string_member(object, "version", PACKAGE_VERSION);
  json_object_set_string_member(object, "started-at", iso_time(parts.started_at).c_str());
  number("uptime-ms", static_cast<std::uint64_t>((g_get_real_time() - parts.started_at) / 1000));
  number("lines", parts.directory.lines().size());
  number("sessions", parts.registry.active());
  number("max-sessions", parts.max_sessions);
  json_object_set_boolean_member(object, "stopping", parts.registry.is_closed());
  JsonObject* refused = json_object_new();
  for (std::size_t i = 0; i < kRefusals; ++i) {
    const auto why = static_cast<Refusal>(i);
    if (parts.refusals.count(why) > 0)
      json_object_set_int_member(refused, refusal_name(why),
                                 static_cast<gint64>(parts.refusals.count(why)));
  }
  json_object_set_object_member(object, "refused", refused);
  const ProcessFigures figures = read_process_figures();
  number("memory-mb", figures.resident_bytes / 1'000'000);
  number("threads", figures.threads);
  return json;
}

void add_session_routes(ApiRouter& router, ControlParts& parts) {
  router.add({.method = "GET", .path = "/api/v1/server"},
             [&parts](const ApiRequest&, const ApiAnswerPtr& answer) {
               answer->json(SOUP_STATUS_OK, server_json(parts));
             });
  router.add({.method = "GET", .path = "/api/v1/sessions", .query = {"state"}},
             [&parts](const ApiRequest&, const ApiAnswerPtr& answer) {
               answer->json(SOUP_STATUS_OK,
                            list_of("sessions", parts.directory.running_sessions()));
             });
  router.add({.method = "POST",
              .path = "/api/v1/sessions/{id}/hangup",
              .body = {{"reason", JsonValue::Kind::kString}}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               const std::string reason = request.text("reason").value_or("");
               if (reason.size() > kLongestReason)
                 return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-member",
                                      "'reason' has more than 200 bytes");
               parts.host.hang_up(
                   request.path_value("id"), reason.empty() ? "operator" : reason,
                   [answer](const HostResult& result) { answer_with(*answer, result); });
             });
}

}  // namespace jackfield
