#include "control/session_host.hpp"

#include <utility>

namespace jackfield {

HostResult no_such_session() {
  return {.status = 404,
          .code = "no-such-session",
          .message = "no session of this id runs; GET /api/v1/sessions?state=running lists them"};
}

void answer_with(ApiAnswer& answer, const HostResult& result, const JsonObjectPtr& body) {
  if (!result.ok()) return answer.error(result.status, result.code, result.message);
  if (body) return answer.json(result.status, body);
  answer.json(result.status, JsonObjectPtr{json_object_new()});
}

void answer_busy(ApiAnswer& answer) {
  soup_message_headers_replace(soup_server_message_get_response_headers(answer.message()),
                               "Retry-After", "2");
  answer.error(SOUP_STATUS_SERVICE_UNAVAILABLE, "busy",
               "too many questions wait for the disk; try again in a moment");
}

std::shared_ptr<Session> LocalSessionHost::find(std::string_view id) const {
  for (const SessionManager* manager : managers_) {
    if (auto session = manager->find(id)) return session;
  }
  return nullptr;
}

void LocalSessionHost::hang_up(const std::string& id, const std::string& reason, Done done) {
  const auto session = find(id);
  if (!session) return done(no_such_session());
  session->end(reason);
  done({.status = 202});
}

}  // namespace jackfield
