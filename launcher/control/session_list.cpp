#include "control/session_list.hpp"

#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "control/core/session_query.hpp"

namespace jackfield {
namespace {

bool wanted(const SessionView& view, const SessionQuery& query, const SessionDirectory& directory) {
  if (query.before &&
      std::tie(view.started_at, view.id) >= std::tie(query.before->started_at, query.before->rest))
    return false;
  return (!query.line || *query.line == view.line) &&
         (!query.failed || *query.failed == view.failed) &&
         (query.number.empty() || view.from.find(query.number) != std::string::npos ||
          view.to.find(query.number) != std::string::npos) &&
         (query.text.empty() || directory.was_said(view.id, query.text));
}

void answer_page(ApiAnswer& answer, const std::vector<SessionView>& views,
                 const std::string& next) {
  JsonArray* array = json_array_new();
  for (const SessionView& view : views)
    json_array_add_object_element(array, to_json(view).release());
  const JsonObjectPtr object{json_object_new()};
  json_object_set_array_member(object.get(), "sessions", array);
  if (next.empty())
    json_object_set_null_member(object.get(), "next");
  else
    json_object_set_string_member(object.get(), "next", next.c_str());
  answer.json(SOUP_STATUS_OK, object);
}

}  // namespace

void answer_session_list(const ApiRequest& request, const ControlParts& parts,
                         const ApiAnswerPtr& answer) {
  std::string error;
  const auto query =
      parse_session_query([&](std::string_view name) { return request.query(name); }, error);
  if (!query) return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-query", error);
  std::vector<SessionView> views;
  EndedSessions::Ids running;
  for (SessionView& view : parts.directory.running_sessions()) {
    running.insert(view.id);
    if (!query->running || (query->before && query->before->ended) ||
        !wanted(view, *query, parts.directory))
      continue;
    if (views.size() < query->limit) {
      views.push_back(std::move(view));
      continue;
    }
    // There is one more.
    const SessionView& last = views.back();
    return answer_page(*answer, views,
                       SessionCursor{.started_at = last.started_at, .rest = last.id}.text());
  }
  if (!query->ended) return answer_page(*answer, views, "");
  const std::size_t room = query->limit - views.size();
  if (room == 0)
    return answer_page(*answer, views, SessionCursor{.ended = true, .rest = {}}.text());
  const bool goes_on = query->before && query->before->ended;
  const bool waits = parts.recordings.list(
      {.limit = room,
       .before = goes_on ? query->before->rest : "",
       .line = query->line,
       .number = query->number,
       .failed = query->failed,
       .text = query->text},
      std::move(running), [answer, views = std::move(views)](EndedPage page) mutable {
        for (SessionView& view : page.sessions) views.push_back(std::move(view));
        answer_page(
            *answer, views,
            page.next.empty() ? "" : SessionCursor{.ended = true, .rest = page.next}.text());
      });
  if (!waits) answer_busy(*answer);
}

}  // namespace jackfield
