#include "control/session_host.hpp"

#include <string_view>
#include <utility>

namespace jackfield {
namespace {

constexpr std::size_t kLongestReason = 200;  // bytes

}  // namespace

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

HostResult room_result(const conference::Outcome& outcome, guint status) {
  if (outcome.ok()) return {.status = status};
  const std::string_view code = outcome.code;
  const guint refused = code == "no-such-room" || code == "no-such-seat" ? SOUP_STATUS_NOT_FOUND
                        : code == "room-full" || code == "no-agent"      ? SOUP_STATUS_CONFLICT
                        : code == "out-of-range"                         ? SOUP_STATUS_BAD_REQUEST
                        : code == "stopping" ? SOUP_STATUS_SERVICE_UNAVAILABLE
                                             : SOUP_STATUS_INTERNAL_SERVER_ERROR;
  return {.status = refused, .code = outcome.code, .message = outcome.message};
}

std::optional<std::string> end_reason_of(const ApiRequest& request, ApiAnswer& answer) {
  const std::string reason = request.text("reason").value_or("");
  if (reason.size() > kLongestReason) {
    answer.error(SOUP_STATUS_BAD_REQUEST, "bad-member", "'reason' has more than 200 bytes");
    return std::nullopt;
  }
  return reason.empty() ? "operator" : reason;
}

bool is_agent(const conference::SeatView& seat) { return seat.kind == "agent"; }

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
