#include "control/session_directory.hpp"

#include <algorithm>
#include <utility>

#include "text/redaction.hpp"

namespace jackfield {
namespace {

std::optional<TotalLatency> total_of(const std::deque<TurnView>& turns) {
  std::vector<std::uint64_t> totals;
  for (const TurnView& turn : turns)
    if (turn.latency.total != kNoTime) totals.push_back(turn.latency.total);
  return total_latency(std::move(totals));
}

std::string folded(const std::string& text) {
  const gstpp::CharPtr fold{g_utf8_casefold(text.data(), static_cast<gssize>(text.size()))};
  return fold.get();
}

std::size_t size_of(const TranscriptEntry& entry) {
  return sizeof entry + entry.text.size() + (entry.heard ? entry.heard->size() : 0);
}

// How long sound is on its way, of a call that is over, or so far; nullptr: it does not tell.
const GstStructure* latency_of(const GstStructure& message) {
  if (gst_structure_has_name(&message, "webrtc/latency")) return &message;
  if (!gst_structure_has_name(&message, "webrtc/stats")) return nullptr;
  return structure_in(message, "latency");
}

}  // namespace

void SessionDirectory::add_line(LineView line) {
  order_.push_back(line.name);
  lines_[line.name] = std::move(line);
}

void SessionDirectory::set_line_address(const std::string& name, std::string url,
                                        std::string page) {
  const auto it = lines_.find(name);
  if (it == lines_.end()) return;
  it->second.url = std::move(url);
  it->second.page = std::move(page);
}

void SessionDirectory::add(DirectoryListener& listener) { listeners_.push_back(&listener); }

void SessionDirectory::remove(DirectoryListener& listener) { std::erase(listeners_, &listener); }

template <typename Function>
void SessionDirectory::tell(const Function& function) {
  const std::vector<DirectoryListener*> listeners = listeners_;
  for (DirectoryListener* listener : listeners) {
    if (std::find(listeners_.begin(), listeners_.end(), listener) != listeners_.end())
      function(*listener);
  }
}

void SessionDirectory::tell_changed(const Session& session) {
  const SessionView view = view_of(session);
  tell([&](DirectoryListener& listener) { listener.changed(view); });
}

std::vector<LineView> SessionDirectory::lines() const {
  std::vector<LineView> lines;
  for (const std::string& name : order_) lines.push_back(lines_.find(name)->second);
  return lines;
}

SessionView SessionDirectory::view_of(const Session& session) {
  SessionView view = session.view;
  view.duration_ms = static_cast<guint64>(g_get_monotonic_time() - session.opened) / 1000;
  return view;
}

std::vector<SessionView> SessionDirectory::running_sessions() const {
  std::vector<SessionView> views;
  for (const auto& [id, session] : sessions_) views.push_back(view_of(session));
  std::sort(views.begin(), views.end(), [](const SessionView& a, const SessionView& b) {
    return std::tie(b.started_at, b.id) < std::tie(a.started_at, a.id);
  });
  return views;
}

std::optional<SessionView> SessionDirectory::find(std::string_view id) const {
  const auto it = sessions_.find(id);
  return it == sessions_.end() ? std::nullopt : std::optional{view_of(it->second)};
}

std::optional<SessionDetail> SessionDirectory::detail(std::string_view id) const {
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return std::nullopt;
  const Session& session = it->second;
  return SessionDetail{.view = view_of(session),
                       .times = session.times,
                       .entries = {session.entries.begin(), session.entries.end()},
                       .turns = {session.turns.begin(), session.turns.end()},
                       .errors = session.errors,
                       .warnings = session.warnings,
                       .recording_start_ms = session.recording_start_ms,
                       .media = session.media};
}

bool SessionDirectory::was_said(std::string_view id, const std::string& text) const {
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return false;
  const std::string wanted = folded(text);
  return std::any_of(it->second.entries.begin(), it->second.entries.end(),
                     [&](const TranscriptEntry& entry) {
                       return folded(entry.text).find(wanted) != std::string::npos;
                     });
}

SessionDirectory::Session* SessionDirectory::known(std::string_view id) {
  const auto it = sessions_.find(id);
  return it == sessions_.end() ? nullptr : &it->second;
}

void SessionDirectory::set_muted(std::string_view id, const OfBoth<bool>& muted) {
  Session* session = known(id);
  if (!session) return;
  session->view.muted = muted;
  tell_changed(*session);
}

void SessionDirectory::set_gain(std::string_view id, const OfBoth<double>& gain) {
  Session* session = known(id);
  if (!session) return;
  session->view.gain = gain;
  tell_changed(*session);
}

void SessionDirectory::set_room(std::string_view id, std::optional<RoomPlace> room) {
  Session* session = known(id);
  if (!session) return;
  session->view.room = std::move(room);
  tell_changed(*session);
}

void SessionDirectory::opened(const std::string& id, const std::string& line,
                              const std::string& folder) {
  const auto it = lines_.find(line);
  if (it == lines_.end()) return opened_as(id, line, folder, "", "");
  opened_as(id, line, folder, it->second.scenario, it->second.kind, true);
}

void SessionDirectory::opened_as(const std::string& id, const std::string& line,
                                 const std::string& folder, const std::string& scenario,
                                 const std::string& kind, bool counts) {
  Session& session = sessions_[id];
  const auto of_line = lines_.find(line);
  session.counts = counts && of_line != lines_.end();
  if (session.counts) ++of_line->second.sessions;
  session.opened = g_get_monotonic_time();
  session.folder = folder;
  session.view.id = id;
  session.view.line = line;
  session.view.scenario = scenario;
  session.view.kind = kind;
  session.view.started_at = g_get_real_time();
  const SessionView view = view_of(session);
  tell([&](DirectoryListener& listener) { listener.opened(view); });
}

void SessionDirectory::running(const std::string& id) {
  Session* session = known(id);
  if (!session) return;
  if (session->view.phase == SessionPhase::kStarting) session->view.phase = SessionPhase::kRunning;
  const SessionView view = view_of(*session);
  tell([&](DirectoryListener& listener) { listener.running(view); });
}

void SessionDirectory::ending(const std::string& id, const std::string& reason) {
  Session* session = known(id);
  if (!session) return;
  session->view.phase = SessionPhase::kEnding;
  session->view.end_reason = reason;
  tell_changed(*session);
}

void SessionDirectory::message(const std::string& id, const GstStructure& message,
                               const std::optional<CallEvent>& event, GstClockTime now) {
  Session* session = known(id);
  if (!session) return;
  const gint64 since = (g_get_monotonic_time() - session->opened) * 1000;
  if (GST_CLOCK_TIME_IS_VALID(now))
    session->times.running_zero = since - static_cast<std::int64_t>(now);
  bool is_changed = false;
  if (gst_structure_has_name(&message, "callrecorder/started")) {
    session->view.recording = is_changed = true;
    const guint64 start = gstpp::get_uint64(&message, "start", GST_CLOCK_TIME_NONE);
    if (GST_CLOCK_TIME_IS_VALID(start)) session->recording_start_ms = session->times.ms(start);
  }
  if (const GstStructure* latency = latency_of(message))
    session->media.reset(structure_to_json(*latency).release(), json_object_unref);
  if (event && std::holds_alternative<CallStarted>(*event)) {
    const auto& started = std::get<CallStarted>(*event);
    const auto parameter = [&](const char* name) {
      const auto it = started.parameters.find(name);
      return it == started.parameters.end() ? std::string{} : it->second;
    };
    session->view.call = is_changed = true;
    session->view.from = parameter("from");
    session->view.to = parameter("to");
  }
  // Listeners may do what they like, but no session goes meanwhile.
  if (is_changed) tell_changed(*session);
  const SessionView view = view_of(*session);
  tell(
      [&](DirectoryListener& listener) { listener.message(view, message, event, session->times); });
  if (event) add_event(*session, *event, now);
}

void SessionDirectory::add_event(Session& session, const CallEvent& event, GstClockTime now) {
  if (const auto* turn = std::get_if<TurnLatency>(&event)) return add_turn(session, *turn, now);
  if (const auto* interrupted = std::get_if<Interrupted>(&event);
      interrupted && interrupted->confirmed)
    ++session.view.interruptions;
  if (const auto* wrong = std::get_if<StageError>(&event);
      wrong && session.errors.size() < kMaxTexts)
    session.errors.push_back(wrong->stage + ": " + wrong->text);
  if (const auto entry = transcript_entry(event, now)) add_entry(session, *entry);
}

void SessionDirectory::add_entry(Session& session, const TranscriptEntry& entry) {
  const std::string_view who = entry.who;
  const bool spoken = who == "caller" || who == "agent";
  if (entry.final && spoken) {
    const bool all_heard = !entry.heard;
    session.view.last_said = {.who = entry.who, .text = all_heard ? entry.text : *entry.heard};
    if (who == "caller") ++session.view.turns;
  }
  if (entry.final) {
    session.entries.push_back(entry);
    session.entry_bytes += size_of(entry);
    while (session.entries.size() > kMaxEntries ||
           (session.entry_bytes > kMaxEntryBytes && session.entries.size() > 1)) {
      session.entry_bytes -= size_of(session.entries.front());
      session.entries.pop_front();
    }
  }
  const SessionView view = view_of(session);
  tell([&](DirectoryListener& listener) { listener.entry(view, entry, session.times); });
}

void SessionDirectory::add_turn(Session& session, const TurnLatency& turn, GstClockTime now) {
  TurnView added{.latency = turn};
  if (GST_CLOCK_TIME_IS_VALID(now))
    added.at = static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, static_cast<std::int64_t>(now) + session.times.running_zero));
  session.turns.push_back(added);
  if (session.turns.size() > kMaxTurns) session.turns.pop_front();
  session.view.latency = total_of(session.turns);
  const SessionView view = view_of(session);
  tell([&](DirectoryListener& listener) { listener.turn(view, added); });
}

void SessionDirectory::warning(const std::string& id, const std::string& text) {
  Session* session = known(id);
  if (!session) return;
  if (session->warnings.size() < kMaxTexts) session->warnings.push_back(text);
  const SessionView view = view_of(*session);
  tell([&](DirectoryListener& listener) { listener.warning(view, text); });
}

void SessionDirectory::error(const std::string& id, const std::string& text) {
  Session* session = known(id);
  if (!session) return;
  if (session->errors.size() < kMaxTexts) session->errors.push_back(text);
  const SessionView view = view_of(*session);
  tell([&](DirectoryListener& listener) { listener.error(view, text); });
}

void SessionDirectory::closed(const SessionSummary& summary) {
  const auto it = sessions_.find(summary.id);
  if (it == sessions_.end()) return;
  const Session session = std::move(it->second);
  sessions_.erase(it);
  SessionView view = view_of(session);
  view.phase = SessionPhase::kEnded;
  view.room.reset();
  view.duration_ms = summary.duration / GST_MSECOND;
  view.ended_at = view.started_at + static_cast<gint64>(summary.duration / GST_USECOND);
  view.end_reason = summary.reason;
  view.failed = summary.failed;
  view.call = summary.was_call;
  if (const auto line = lines_.find(view.line); session.counts && line != lines_.end()) {
    --line->second.sessions;
    if (summary.was_call || summary.failed) ++line->second.calls_total;
    if (summary.failed) ++line->second.failed_calls;
  }
  tell([&](DirectoryListener& listener) { listener.ended(view, !summary.folder.empty()); });
}

}  // namespace jackfield
