#include "client/session_list.hpp"

#include <algorithm>
#include <utility>

#include "json_members.hpp"
#include "text/json_text.hpp"
#include "url_query.hpp"

namespace jackfield::client {
namespace {

constexpr std::size_t kMostOfOneAnswer = 200;

}  // namespace

std::optional<SessionList> list_sessions(const ApiClient& client, const SessionQuery& query,
                                         Answer& failure) {
  SessionList list;
  std::string items;
  std::string cursor;
  do {
    UrlQuery text;
    if (query.state) text.add("state", query.state);
    text.add_if("line", query.line).add_if("before", cursor);
    text.add("limit",
             static_cast<long>(std::min(kMostOfOneAnswer, query.most - list.sessions.size())));
    Answer answer = client.get("/api/v1/sessions" + text.text());
    if (answer.outcome != Outcome::kDone) {
      failure = std::move(answer);
      return std::nullopt;
    }
    std::vector<Session> some = read_sessions(answer.json);
    if (const JsonValue* array = array_member(answer.json, "sessions"))
      for (const JsonValue& item : array->items)
        items += (items.empty() ? "" : ",") + json_text(item);
    // An answer without any, and yet a cursor, would never come to an end.
    cursor = some.empty() ? "" : read_cursor(answer.json);
    list.sessions.insert(list.sessions.end(), std::make_move_iterator(some.begin()),
                         std::make_move_iterator(some.end()));
  } while (!cursor.empty() && list.sessions.size() < query.most);
  list.json = "[" + items + "]";
  list.complete = cursor.empty();
  return list;
}

}  // namespace jackfield::client
