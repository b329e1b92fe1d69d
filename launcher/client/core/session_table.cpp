#include "client/core/session_table.hpp"

#include <algorithm>

#include "client/core/wording.hpp"
#include "terminal/core/text_table.hpp"

namespace jackfield::client {

Span state_span(const Session& session) {
  if (session.failed) return {"failed", Style::kRed};
  if (session.state == "running") return {session.state, Style::kGreen};
  if (!session.ended()) return {session.state, Style::kYellow};
  return {session.end_reason.empty() ? session.state : session.end_reason, Style::kDim};
}

std::vector<StyledRow> session_table(const std::vector<SessionTableRow>& rows,
                                     std::size_t id_length, std::size_t columns) {
  const bool started = std::any_of(rows.begin(), rows.end(),
                                   [](const SessionTableRow& row) { return !row.started.empty(); });
  const std::size_t most = columns == kUnlimitedColumns ? kUnlimitedColumns : 24;
  TextTable table{
      {{.title = "ID", .most = most},
       {.title = "LINE", .importance = 3, .most = most},
       {.title = "STATE", .importance = 4, .most = most},
       {.title = started ? "STARTED" : "", .importance = 5, .most = most},
       {.title = "TIME", .align = Align::kRight, .most = most},
       {.title = "FROM", .importance = 6, .most = most},
       {.title = "TO", .importance = 9, .most = most},
       {.title = "TURNS", .align = Align::kRight, .importance = 7, .most = most},
       {.title = "LAST ms", .align = Align::kRight, .importance = 2, .most = most},
       {.title = "P95 ms", .align = Align::kRight, .importance = 8, .most = most},
       {.title = "LAST SAID", .importance = 1, .rest = true, .wish = 32, .wish_importance = 5}}};
  for (const SessionTableRow& row : rows) {
    const Session& session = row.session;
    table.add({{session.id.substr(0, id_length), Style::kBold},
               {session.line},
               state_span(session),
               {row.started},
               {duration_text(session.duration_ms)},
               {session.from},
               {session.to},
               {std::to_string(session.turns)},
               {milliseconds_text(session.latency_last)},
               {milliseconds_text(session.latency_p95)},
               {session.last_text.empty() ? "" : session.last_who + ": " + session.last_text,
                style_of_speaker(session.last_who)}});
  }
  return table.lay_out(columns);
}

}  // namespace jackfield::client
