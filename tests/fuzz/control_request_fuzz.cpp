// What a request to the control API is made of, a line each: who sends it (Host, Origin,
// Authorization), its path, its query, and what is to be another with a seat. Nobody but pages of
// this server gets in without a token, and nothing that means something to a file system becomes
// the value of a path.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "control/core/access_rules.hpp"
#include "control/core/api_path.hpp"
#include "control/core/room_change.hpp"
#include "control/core/session_query.hpp"
#include "control/core/voice_gain.hpp"
#include "serve/core/bearer_token.hpp"
#include "serve/core/web_origin.hpp"
#include "twilio/core/form.hpp"

namespace {

using namespace jackfield;

void require(bool ok) {
  if (!ok) std::abort();
}

void check_access(std::string_view line) {
  AccessRequest request;
  request.from_this_machine = true;
  const std::size_t space = line.find(' ');
  request.host = line.substr(0, space);
  request.origin = space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
  for (const bool tls : {false, true}) {
    request.tls = tls;
    if (access_without_token(request, false) == Access::kGranted) {
      const auto to = parse_web_host(request.host, tls ? "https" : "http");
      require(to && is_own_machine(to->host) &&
              is_numeric_host(to->host) != (to->host == "localhost"));
      if (const auto from = parse_web_origin(request.origin))
        require(from->host == to->host && from->port == to->port);
      else
        require(request.origin.empty());
    }
    require(access_without_token(request, true) == Access::kNoTokenSet);
  }
  const std::string_view token = bearer_token(line);
  require(token.size() < line.size() || line.empty());
}

void check_path(std::string_view line) {
  static const ApiPath path{"/api/v1/sessions/{id}/hangup"};
  const auto values = path.match(line);
  if (!values) return;
  require(values->size() == 1 && is_api_name(values->front().second));
  require(line == "/api/v1/sessions/" + values->front().second + "/hangup");
  const std::string& id = values->front().second;
  require(id.front() != '.' && id.find_first_of("/\\%") == std::string::npos);
}

void check_query(std::string_view line) {
  const auto form = twilio::parse_form(line);
  std::string error;
  const auto query = parse_session_query(
      [&](std::string_view name) -> std::optional<std::string> {
        for (const auto& [key, value] : form)
          if (key == name) return value;
        return std::nullopt;
      },
      error);
  require(query.has_value() == error.empty());
  if (!query) return;
  require(query->limit >= 1 && query->limit <= SessionQuery::kMaxLimit);
  require(query->running || query->ended);
  if (!query->before) return;
  const auto again = SessionCursor::parse(query->before->text());
  require(again && again->ended == query->before->ended &&
          again->started_at == query->before->started_at && again->rest == query->before->rest);
}

// Of a body whose members are of the kinds that the route has.
void check_change(std::string_view line) {
  using Kind = JsonValue::Kind;
  const JsonResult read = parse_json(line);
  if (!read.value || !read.value->is(Kind::kObject)) return;
  for (const JsonMember& member : read.value->members) {
    const bool fits = member.key == "mute"   ? member.value.is(Kind::kBoolean)
                      : member.key == "gain" ? member.value.is(Kind::kNumber)
                      : member.key == "hears"
                          ? member.value.is(Kind::kString) || member.value.is(Kind::kObject)
                          : false;
    if (!fits) return;
  }
  std::string error;
  const auto change = read_seat_change(*read.value, error);
  require(change.has_value() == error.empty());
  if (!change) return;
  require(change->mute || change->gain_db || change->hears);
  if (change->gain_db)
    require(*change->gain_db >= VoiceGain::kLeast && *change->gain_db <= VoiceGain::kMost);
  if (!change->hears) return;
  require(change->hears->sessions.size() <= kMostHeard);
  for (const std::string& session : change->hears->sessions) require(is_api_name(session));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    check_access(line);
    check_path(line);
    check_query(line);
    check_change(line);
  }
  return 0;
}
