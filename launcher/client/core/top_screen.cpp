#include "client/core/top_screen.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "client/core/session_choice.hpp"
#include "client/core/session_table.hpp"
#include "client/core/wording.hpp"
#include "terminal/core/text_table.hpp"

namespace jackfield::client {
namespace {

constexpr unsigned kRowsWithLines = 12;  // a lower screen shows calls only

std::string count_text(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace

std::optional<TopAction> TopScreen::key(const KeyPress& press, const LiveView& view) {
  note_.clear();
  if (!hanging_up_.empty()) {
    const std::string id = std::exchange(hanging_up_, "");
    if (press != KeyPress{Key::kCharacter, 'y'}) return std::nullopt;
    return top::HangUp{id};
  }
  if (press == KeyPress{Key::kCharacter, 'h'}) {
    const LiveSession* session = view.find(chosen_);
    if (session && !session->session.ended()) hanging_up_ = chosen_;
    return std::nullopt;
  }
  if (press == KeyPress{Key::kCharacter, 'w'}) {
    recent_ = !recent_;
    return std::nullopt;
  }
  return looking_ ? details_key(press) : overview_key(press, view);
}

std::optional<TopAction> TopScreen::overview_key(const KeyPress& press, const LiveView& view) {
  const auto page = static_cast<long>(std::max<std::size_t>(page_, 1));
  const auto all = static_cast<long>(view.sessions().size());
  switch (press.key) {
    case Key::kUp:
      move(view, -1);
      break;
    case Key::kDown:
      move(view, 1);
      break;
    case Key::kPageUp:
      move(view, -page);
      break;
    case Key::kPageDown:
      move(view, page);
      break;
    case Key::kHome:
      move(view, -all);
      break;
    case Key::kEnd:
      move(view, all);
      break;
    case Key::kEnter:
      if (!view.find(chosen_)) break;
      looking_ = true;
      back_ = 0;
      return top::LookAt{chosen_};
    case Key::kEscape:
      break;
    case Key::kCharacter:
      if (press.character == 'q') return top::Quit{};
      if (press.character == 'j') move(view, 1);
      if (press.character == 'k') move(view, -1);
      if (press.character == 's')
        sort_ =
            static_cast<Sort>((static_cast<int>(sort_) + 1) % (static_cast<int>(Sort::kLine) + 1));
      break;
  }
  return std::nullopt;
}

std::optional<TopAction> TopScreen::details_key(const KeyPress& press) {
  const auto up = [this](std::size_t rows) { back_ += rows; };
  const auto down = [this](std::size_t rows) { back_ -= std::min(rows, back_); };
  switch (press.key) {
    case Key::kUp:
      up(1);
      break;
    case Key::kDown:
      down(1);
      break;
    case Key::kPageUp:
      up(page_);
      break;
    case Key::kPageDown:
      down(page_);
      break;
    case Key::kHome:
      up(LiveTranscript::kMostEntries * 100);
      break;
    case Key::kEnd:
      back_ = 0;
      break;
    case Key::kEnter:
    case Key::kEscape:
      looking_ = false;
      return top::LookAt{""};
    case Key::kCharacter:
      if (press.character == 'k') up(1);
      if (press.character == 'j') down(1);
      if (press.character == 'q') {
        looking_ = false;
        return top::LookAt{""};
      }
      break;
  }
  return std::nullopt;
}

std::vector<const LiveSession*> TopScreen::sorted(const LiveView& view) const {
  std::vector<const LiveSession*> all;
  for (const auto& [id, session] : view.sessions()) all.push_back(&session);
  const auto newer = [](const LiveSession& left, const LiveSession& right) {
    return left.known_at - left.session.duration_ms > right.known_at - right.session.duration_ms;
  };
  const auto before = [&](const LiveSession* left, const LiveSession* right) {
    const Session& l = left->session;
    const Session& r = right->session;
    switch (sort_) {
      case Sort::kNewest:
        return newer(*left, *right);
      case Sort::kSlowest:
        return l.latency_last.value_or(-1) > r.latency_last.value_or(-1);
      case Sort::kMostTurns:
        return l.turns > r.turns;
      case Sort::kLine:
        return l.line != r.line ? l.line < r.line : newer(*left, *right);
    }
    return false;
  };
  std::stable_sort(all.begin(), all.end(), before);
  return all;
}

std::size_t TopScreen::chosen_index(const std::vector<const LiveSession*>& sessions) const {
  const auto found = std::find_if(sessions.begin(), sessions.end(), [this](const auto* session) {
    return session->session.id == chosen_;
  });
  if (found != sessions.end()) return static_cast<std::size_t>(found - sessions.begin());
  return sessions.empty() ? 0 : std::min(chosen_at_, sessions.size() - 1);
}

void TopScreen::move(const LiveView& view, long by) {
  const auto sessions = sorted(view);
  if (sessions.empty()) return;
  const long at = static_cast<long>(chosen_index(sessions)) + by;
  chosen_at_ = static_cast<std::size_t>(std::clamp(at, 0L, static_cast<long>(sessions.size()) - 1));
  chosen_ = sessions[chosen_at_]->session.id;
}

std::vector<StyledRow> TopScreen::rows(const LiveView& view, ScreenSize size, double now) {
  std::vector<StyledRow> rows;
  add_head(rows, view, now);
  if (looking_) {
    add_details(rows, view, size, now);
  } else {
    if (size.rows >= kRowsWithLines) add_lines(rows, view, size);
    add_sessions(rows, view, size, now);
  }
  rows.resize(std::max(1u, size.rows) - 1);
  rows.push_back(foot());
  return rows;
}

void TopScreen::add_head(std::vector<StyledRow>& rows, const LiveView& view, double now) const {
  const Server& server = view.server();
  StyledRow head{"jackfield " + server.version, Style::kBold};
  head.add("  " + server_ + "  ");
  if (!trouble_.empty())
    head.add(trouble_, Style::kRed);
  else if (server.stopping)
    head.add("stopping: takes no more calls", Style::kYellow);
  else
    head.add("up " + duration_text(view.uptime_ms(now)), Style::kDim);
  rows.push_back(std::move(head));
  char usage[96];
  std::snprintf(usage, sizeof usage, ", processor %.0f %%, %.0f MB, %u threads", server.cpu_percent,
                server.memory_mb, server.threads);
  std::string calls = count_text(view.sessions().size(), "call", "calls");
  if (server.max_sessions > 0) calls += " of " + std::to_string(server.max_sessions);
  rows.push_back(StyledRow{calls + usage});
}

void TopScreen::add_lines(std::vector<StyledRow>& rows, const LiveView& view,
                          ScreenSize size) const {
  std::vector<TableColumn> columns{{.title = "LINE"},
                                   {.title = "KIND", .importance = 9},
                                   {.title = "CALLS", .align = Align::kRight},
                                   {.title = "IN ALL", .align = Align::kRight, .importance = 4},
                                   {.title = "FAILED", .align = Align::kRight, .importance = 3},
                                   {.title = "ANSWER", .align = Align::kRight, .importance = 1}};
  const std::vector<std::string> stages = view.stage_names();
  for (std::size_t i = 0; i < stages.size(); ++i)
    columns.push_back(
        {.title = stages[i], .align = Align::kRight, .importance = 5 + (i % 4 == 0 ? 3u : 0u)});
  TextTable table{std::move(columns)};
  for (const Line& line : view.lines()) {
    std::string calls = std::to_string(view.sessions_of(line.name));
    if (line.max_sessions > 0) calls += "/" + std::to_string(line.max_sessions);
    std::vector<Span> cells{
        {line.name, Style::kBold},
        {line.kind},
        {std::move(calls)},
        {std::to_string(line.calls)},
        {std::to_string(line.failed), line.failed > 0 ? Style::kRed : Style::kPlain},
        {percentiles_text(view.stage(line.name, "total"), recent_), Style::kYellow}};
    for (const std::string& stage : stages)
      cells.push_back({percentiles_text(view.stage(line.name, stage), recent_)});
    table.add(std::move(cells));
  }
  rows.emplace_back();
  rows.push_back(StyledRow{}
                     .add(count_text(table.size(), "line", "lines"), Style::kBold)
                     .add(std::string{"   latency p50/p95/p99 in ms, "} +
                              (recent_ ? "last 1000 turns" : "since the start"),
                          Style::kDim));
  const std::vector<StyledRow> all = table.lay_out(size.columns);
  const std::size_t most = 1 + std::max(2u, (size.rows - 8) / 3);
  for (std::size_t i = 0; i < std::min(all.size(), most); ++i) rows.push_back(all[i]);
  if (all.size() > most)
    rows.push_back(
        StyledRow{"... and " + std::to_string(all.size() - most) + " more", Style::kDim});
}

void TopScreen::add_sessions(std::vector<StyledRow>& rows, const LiveView& view, ScreenSize size,
                             double now) {
  static constexpr const char* kSorts[] = {"newest first", "slowest answer first",
                                           "most turns first", "by line"};
  const auto sessions = sorted(view);
  rows.emplace_back();
  rows.push_back(StyledRow{}
                     .add(count_text(sessions.size(), "call", "calls"), Style::kBold)
                     .add(std::string{"   "} + kSorts[static_cast<int>(sort_)], Style::kDim));
  const std::size_t used = rows.size() + 2;  // titles, and the foot
  page_ = size.rows > used ? size.rows - used : 1;
  std::vector<SessionTableRow> table;
  std::vector<std::string> ids;
  for (const LiveSession* live : sessions) {
    table.push_back({live->session, ""});
    table.back().session.duration_ms = live->duration_ms(now);
    ids.push_back(live->session.id);
  }
  std::vector<StyledRow> all = session_table(table, distinct_length(ids), size.columns);
  rows.push_back(std::move(all.front()));
  if (sessions.empty()) {
    rows.push_back(StyledRow{"no calls at present", Style::kDim});
    chosen_.clear();
    first_shown_ = 0;
    return;
  }
  chosen_at_ = chosen_index(sessions);
  chosen_ = ids[chosen_at_];
  first_shown_ = std::min(first_shown_, chosen_at_);
  if (chosen_at_ >= first_shown_ + page_) first_shown_ = chosen_at_ + 1 - page_;
  first_shown_ = std::min(first_shown_, ids.size() - std::min(page_, ids.size()));
  for (std::size_t i = first_shown_; i < std::min(first_shown_ + page_, ids.size()); ++i) {
    all[i + 1].reversed = i == chosen_at_;
    rows.push_back(std::move(all[i + 1]));
  }
}

void TopScreen::add_details(std::vector<StyledRow>& rows, const LiveView& view, ScreenSize size,
                            double now) {
  const CallDetails& details = view.details();
  const LiveSession* live = view.find(details.id);
  rows.emplace_back();
  StyledRow title{"call " + details.id, Style::kBold};
  if (live) {
    const Session& session = live->session;
    const Span state = state_span(session);
    title.add("  ").add(state.text, state.style);
    title.add("  " + session.line + "  " + duration_text(live->duration_ms(now)));
    if (!session.from.empty()) title.add("  from " + session.from);
    if (!session.to.empty()) title.add("  to " + session.to);
    rows.push_back(std::move(title));
    std::string counts = count_text(session.turns, "turn", "turns") + ", " +
                         count_text(session.interruptions, "interruption", "interruptions");
    if (session.muted_caller) counts += ", the caller is muted";
    if (session.muted_agent) counts += ", the agent is muted";
    rows.push_back(StyledRow{counts});
  } else {
    rows.push_back(std::move(title.add("  over", Style::kDim)));
  }
  if (!details.stages.empty() && size.rows >= kRowsWithLines) {
    StyledRow total{"p50/p95/p99 ms", Style::kDim};
    StyledRow stages;
    for (const Stage& stage : details.stages) {
      const bool answer = stage.name == "total";
      if (stage.count > 0)
        (answer ? total : stages)
            .add("  " + (answer ? "answer" : stage.name) + " ", Style::kDim)
            .add(percentiles_text(&stage, recent_), answer ? Style::kYellow : Style::kPlain);
    }
    for (Span& span : stages.spans) total.spans.push_back(std::move(span));
    rows.push_back(std::move(total));
  }
  if (!details.turns.empty()) {
    const Turn& turn = details.turns.back();
    for (std::string& text :
         wrap_columns("turn " + std::to_string(turn.turn) + ": " + turn_text(turn), size.columns))
      rows.emplace_back(std::move(text), Style::kYellow);
  }
  rows.emplace_back();

  const std::size_t used = rows.size() + 1;  // the foot
  page_ = size.rows > used ? size.rows - used : 1;
  std::vector<StyledRow> said;
  const auto add = [&](const Entry& entry, Style style) {
    const std::string at = duration_text(entry.at_ms) + "  ";
    const std::size_t indent = at.size();
    bool first = true;
    for (const std::string& text :
         wrap_columns(entry_text(entry), size.columns > indent ? size.columns - indent : 1)) {
      said.push_back(
          StyledRow{first ? at : std::string(indent, ' '), Style::kDim}.add(text, style));
      first = false;
    }
  };
  for (const Entry& entry : details.transcript.entries()) add(entry, style_of_speaker(entry.who));
  for (const auto& [who, entry] : details.transcript.interim()) add(entry, Style::kDim);
  const std::size_t above = said.size() - std::min(page_, said.size());
  back_ = std::min(back_, above);
  const std::size_t first = above - back_;
  for (std::size_t i = first; i < std::min(first + page_, said.size()); ++i)
    rows.push_back(std::move(said[i]));
}

StyledRow TopScreen::foot() const {
  if (!hanging_up_.empty())
    return StyledRow{"hang up " + hanging_up_ + "? y: yes, any other key: no", Style::kYellow};
  if (!note_.empty()) return StyledRow{note_, note_is_bad_ ? Style::kRed : Style::kGreen};
  return StyledRow{looking_ ? "Esc back   up, down scroll   h hang up   w last 1000 or all"
                            : "q quit   up, down choose   Enter details   h hang up   s sort   "
                              "w last 1000 or all",
                   Style::kDim};
}

}  // namespace jackfield::client
