// What is known of a server and its running calls, from answers and events of its control API.
// Pure; times are milliseconds of any one clock. One thread at a time.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/core/api_values.hpp"

namespace jackfield::client {

struct LiveSession {
  Session session;
  double known_at = 0;  // when session.duration_ms was true

  double duration_ms(double now) const {
    return session.duration_ms + (session.ended() ? 0 : now - known_at);
  }
};

// What is said in one call.
class LiveTranscript {
 public:
  static constexpr std::size_t kMostEntries = 1000;

  // All so far, as answered.
  void set(std::vector<Entry> entries);
  // What came as an event, which may be in an answer already.
  void add(const Entry& entry);

  const std::deque<Entry>& entries() const { return entries_; }  // final ones
  // What a side is saying just now, by side.
  const std::map<std::string, Entry>& interim() const { return interim_; }

 private:
  std::deque<Entry> entries_;
  std::map<std::string, Entry> interim_;
};

// The call that is looked at more closely.
struct CallDetails {
  static constexpr std::size_t kMostTurns = 200;

  std::string id;
  LiveTranscript transcript;
  std::vector<Stage> stages;
  std::deque<Turn> turns;
  std::optional<LiveSession> last;  // as it was when it ended
};

class LiveView {
 public:
  static constexpr std::size_t kMostSessions = 5000;

  void set_sessions(const std::vector<Session>& running, double now);
  // Newer values of some of them.
  void refresh_sessions(const std::vector<Session>& sessions, double now);
  void set_server(const Server& server, double now);
  void set_lines(std::vector<Line> lines) { lines_ = std::move(lines); }
  void set_latency(std::map<std::string, std::vector<Stage>> latency) {
    latency_ = std::move(latency);
  }
  // A message {"type":"event",...} of the event socket. False: it changes nothing here.
  bool event(const JsonValue& message, double now);

  // Begins to keep what is said in a call, or ends that with "".
  void look_at(const std::string& id);
  CallDetails& details() { return details_; }
  // Of the call that is looked at.
  void set_turns(const std::vector<Turn>& turns);

  const std::map<std::string, LiveSession>& sessions() const { return sessions_; }
  const LiveSession* find(const std::string& id) const;
  const std::vector<Line>& lines() const { return lines_; }
  std::size_t sessions_of(const std::string& line) const;
  const Stage* stage(const std::string& line, std::string_view name) const;
  // Of all lines, but for "total"; in the order of a turn.
  std::vector<std::string> stage_names() const;
  const Server& server() const { return server_; }
  double uptime_ms(double now) const { return server_.uptime_ms + (now - server_known_at_); }
  const CallDetails& details() const { return details_; }

 private:
  void session_event(const std::string& name, const Session& session, double now);
  void entry_event(const std::string& id, const Entry& entry);
  void turn_event(const std::string& id, const Turn& turn);
  void latency_event(const std::string& line, const JsonValue& data);

  std::map<std::string, LiveSession> sessions_;
  std::vector<Line> lines_;
  std::map<std::string, std::vector<Stage>> latency_;
  Server server_;
  double server_known_at_ = 0;
  CallDetails details_;
};

}  // namespace jackfield::client
