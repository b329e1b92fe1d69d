#include "client/core/tail_view.hpp"

#include <algorithm>

#include "client/core/session_choice.hpp"
#include "client/core/wording.hpp"
#include "json_members.hpp"
#include "records/core/transcript.hpp"
#include "terminal/core/terminal_text.hpp"

namespace jackfield::client {
namespace {

constexpr std::size_t kMostInterim = 64;

// Of a call the transcript tells the beginning, with who calls whom; other sessions have no such
// line.
bool is_call(const Session& session) {
  return session.kind == "phone" || session.kind == "browser";
}

// Of a call that is followed to its end, which tells the same and more.
bool is_end(const Entry& entry) {
  return entry.who == "system" && entry.text.starts_with(kCallEnded);
}

std::string opened_text(const Session& session) {
  std::string text = "(call started";
  if (!session.from.empty()) text += ", from " + session.from;
  if (!session.to.empty()) text += ", to " + session.to;
  return text + ")";
}

std::string ended_text(const Session& session) {
  std::string text = "call over";
  if (!session.end_reason.empty()) text += ": " + session.end_reason;
  text += " (" + std::to_string(session.turns) + (session.turns == 1 ? " turn" : " turns");
  if (session.interruptions > 0)
    text += ", " + std::to_string(session.interruptions) + " interrupted";
  return text + ")";
}

}  // namespace

StyledRow TailView::row(const std::string& session, const std::string& line, double at_ms) const {
  return StyledRow{session.substr(0, id_length_) + (line.empty() ? "" : "  " + line) + "  " +
                       duration_text(at_ms) + "  ",
                   Style::kDim};
}

std::vector<StyledRow> TailView::running(const std::vector<Session>& sessions) {
  std::vector<StyledRow> rows;
  std::map<std::string, Known> now;
  std::vector<std::string> ids;
  for (const Session& session : sessions) {
    if (session.ended()) continue;
    now[session.id] = {session.line, session.duration_ms};
    ids.push_back(session.id);
  }
  for (const auto& [id, known] : sessions_)
    if (!now.contains(id))
      rows.push_back(row(id, known.line, known.at_ms)
                         .add("call over while there was no connection", Style::kBold));
  sessions_ = std::move(now);
  id_length_ = std::max(id_length_, distinct_length(ids));
  std::erase_if(interim_,
                [this](const Interim& interim) { return !sessions_.contains(interim.session); });
  return rows;
}

std::vector<StyledRow> TailView::event(const JsonValue& message) {
  const std::string name = string_member(message, "event");
  const std::string id = clean_terminal_text(string_member(message, "session"));
  const JsonValue* data = object_member(message, "data");
  if (!data) return {};
  const auto known = sessions_.find(id);
  if (name == "session-opened" || name == "session-ended") {
    const auto session = read_session(*data);
    if (!session) return {};
    const bool ended = name == "session-ended";
    if (ended) {
      sessions_.erase(session->id);
      std::erase_if(interim_,
                    [&](const Interim& interim) { return interim.session == session->id; });
    } else {
      sessions_[session->id] = {session->line, session->duration_ms};
      if (is_call(*session)) return {};
    }
    StyledRow line = row(session->id, session->line, session->duration_ms);
    line.add(ended ? ended_text(*session) : opened_text(*session),
             session->failed ? Style::kRed : Style::kBold);
    return {line};
  }
  const std::string line = known == sessions_.end()
                               ? clean_terminal_text(string_member(message, "line"))
                               : known->second.line;
  if (name == "turn") {
    const double at = number_member(*data, "at-ms");
    return {row(id, line, at).add("        " + turn_text(read_turn(*data)), Style::kYellow)};
  }
  if (name != "transcript") return {};
  const Entry entry = read_entry(*data);
  if (known != sessions_.end()) known->second.at_ms = std::max(known->second.at_ms, entry.at_ms);
  std::erase_if(interim_, [&](const Interim& other) {
    return other.session == id && other.entry.who == entry.who;
  });
  if (!entry.final) {
    if (interim_.size() >= kMostInterim) interim_.erase(interim_.begin());
    interim_.push_back({id, entry});
    return {};
  }
  if (is_end(entry) && known != sessions_.end()) return {};
  return {row(id, line, entry.at_ms).add(entry_text(entry), style_of_speaker(entry.who))};
}

StyledRow TailView::interim(std::size_t columns) const {
  if (interim_.empty()) return {};
  const Interim& last = interim_.back();
  const auto known = sessions_.find(last.session);
  StyledRow line =
      row(last.session, known == sessions_.end() ? "" : known->second.line, last.entry.at_ms);
  line.add(last.entry.who + ": ", Style::kDim);
  const std::size_t used = text_columns(line.text());
  return line.add(shorten_start(last.entry.text, columns > used ? columns - used : 0), Style::kDim);
}

}  // namespace jackfield::client
