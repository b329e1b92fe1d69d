#include "client/core/live_view.hpp"

#include <algorithm>

#include "json_members.hpp"
#include "terminal/core/terminal_text.hpp"

namespace jackfield::client {
namespace {

// An answer and an event may cross: so far back an entry may be there already.
constexpr std::size_t kCrossing = 8;

bool same(const Entry& left, const Entry& right) {
  return left.at_ms == right.at_ms && left.who == right.who && left.turn == right.turn &&
         left.text == right.text;
}

}  // namespace

void LiveTranscript::set(std::vector<Entry> entries) {
  entries_.clear();
  interim_.clear();
  for (Entry& entry : entries) {
    if (entry.final)
      entries_.push_back(std::move(entry));
    else
      interim_[entry.who] = std::move(entry);
    if (entries_.size() > kMostEntries) entries_.pop_front();
  }
}

void LiveTranscript::add(const Entry& entry) {
  if (!entry.final) {
    interim_[entry.who] = entry;
    return;
  }
  interim_.erase(entry.who);
  const auto recent =
      entries_.end() - static_cast<std::ptrdiff_t>(std::min(kCrossing, entries_.size()));
  const auto known =
      std::find_if(recent, entries_.end(), [&](const Entry& other) { return same(other, entry); });
  if (known != entries_.end()) {
    *known = entry;
    return;
  }
  entries_.push_back(entry);
  if (entries_.size() > kMostEntries) entries_.pop_front();
}

void LiveView::set_sessions(const std::vector<Session>& running, double now) {
  sessions_.clear();
  for (const Session& session : running)
    if (!session.ended() && sessions_.size() < kMostSessions)
      sessions_[session.id] = {session, now};
}

void LiveView::refresh_sessions(const std::vector<Session>& sessions, double now) {
  for (const Session& session : sessions) {
    const auto known = sessions_.find(session.id);
    if (known != sessions_.end() && !session.ended()) known->second = {session, now};
  }
}

void LiveView::set_server(const Server& server, double now) {
  // Events have what changes, not the version.
  const std::string version = server.version.empty() ? server_.version : server.version;
  server_ = server;
  server_.version = version;
  server_known_at_ = now;
}

bool LiveView::event(const JsonValue& message, double now) {
  const std::string name = string_member(message, "event");
  const JsonValue* data = object_member(message, "data");
  if (!data) return false;
  const std::string id = string_member(message, "session");
  if (name.starts_with("session-")) {
    const auto session = read_session(*data);
    if (session) session_event(name, *session, now);
    return session.has_value();
  }
  if (name == "transcript") {
    entry_event(id, read_entry(*data));
  } else if (name == "turn") {
    turn_event(id, read_turn(*data));
  } else if (name == "latency") {
    latency_event(clean_terminal_text(string_member(message, "line")), *data);
  } else if (name == "server") {
    set_server(read_server(*data), now);
  } else {
    return false;
  }
  return true;
}

void LiveView::session_event(const std::string& name, const Session& session, double now) {
  if (name == "session-ended" || session.ended()) {
    if (session.id == details_.id) details_.last = LiveSession{session, now};
    sessions_.erase(session.id);
  } else if (sessions_.size() < kMostSessions || sessions_.contains(session.id)) {
    sessions_[session.id] = {session, now};
  }
}

void LiveView::entry_event(const std::string& id, const Entry& entry) {
  if (id == details_.id) details_.transcript.add(entry);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || (entry.who != "caller" && entry.who != "agent")) return;
  if (entry.text.empty()) return;
  found->second.session.last_who = entry.who;
  found->second.session.last_text = entry.heard.value_or(entry.text);
}

void LiveView::turn_event(const std::string& id, const Turn& turn) {
  if (id == details_.id) {
    details_.turns.push_back(turn);
    if (details_.turns.size() > CallDetails::kMostTurns) details_.turns.pop_front();
  }
  const auto found = sessions_.find(id);
  if (found != sessions_.end() && turn.total) found->second.session.latency_last = turn.total;
}

void LiveView::latency_event(const std::string& line, const JsonValue& data) {
  const auto update = [this](const std::string& of, const std::vector<Stage>& changed) {
    std::vector<Stage>& known = latency_[of];
    for (const Stage& stage : changed) {
      const auto place = std::find_if(known.begin(), known.end(),
                                      [&](const Stage& other) { return other.name == stage.name; });
      if (place == known.end())
        known.push_back(stage);
      else
        *place = stage;
    }
  };
  for (const auto& [of, stages] : read_latency(data)) update(of, stages);
  if (array_member(data, "stages")) update(line, read_stages(data));
}

void LiveView::look_at(const std::string& id) {
  details_ = {};
  details_.id = id;
}

void LiveView::set_turns(const std::vector<Turn>& turns) {
  const std::size_t first = turns.size() - std::min(turns.size(), CallDetails::kMostTurns);
  details_.turns.assign(turns.begin() + static_cast<std::ptrdiff_t>(first), turns.end());
}

const LiveSession* LiveView::find(const std::string& id) const {
  const auto found = sessions_.find(id);
  if (found != sessions_.end()) return &found->second;
  return id == details_.id && details_.last ? &*details_.last : nullptr;
}

std::size_t LiveView::sessions_of(const std::string& line) const {
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(),
                    [&](const auto& entry) { return entry.second.session.line == line; }));
}

const Stage* LiveView::stage(const std::string& line, std::string_view name) const {
  const auto stages = latency_.find(line);
  if (stages == latency_.end()) return nullptr;
  const auto found = std::find_if(stages->second.begin(), stages->second.end(),
                                  [&](const Stage& stage) { return stage.name == name; });
  return found == stages->second.end() ? nullptr : &*found;
}

std::vector<std::string> LiveView::stage_names() const {
  std::vector<std::string> names;
  for (const auto& [line, stages] : latency_)
    for (const Stage& stage : stages)
      if (stage.name != "total" && stage.count > 0 &&
          std::find(names.begin(), names.end(), stage.name) == names.end())
        names.push_back(stage.name);
  return names;
}

}  // namespace jackfield::client
