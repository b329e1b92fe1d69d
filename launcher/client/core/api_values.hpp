// What the control API answers, as plain values (docs/control-api.md). Pure; any thread.
//
// All texts are clean (terminal_text.hpp): a server may be anybody's. What is missing or of another
// kind than it should be is empty, so that a newer server's answers can be read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "json_reader.hpp"

namespace jackfield::client {

struct Session {
  std::string id, line, scenario, kind;
  std::string state;  // "starting", "running", "ending", "ended"
  std::string from, to;
  std::string started_at;  // ISO 8601, UTC
  std::string end_reason;
  std::string last_who, last_text;  // what was said last
  double duration_ms = 0;           // when it was answered
  unsigned turns = 0, interruptions = 0;
  bool failed = false;
  bool muted_caller = false, muted_agent = false;
  // From the end of the caller's speech to the first sound, ms.
  std::optional<double> latency_last, latency_p50, latency_p95;

  bool ended() const { return state == "ended"; }
};

struct Percentiles {
  double p50 = 0, p95 = 0, p99 = 0;
};

// Milliseconds.
struct Stage {
  std::string name;  // "hang-over", "stt", "llm", "tts", "output", "total"
  std::uint64_t count = 0;
  double max = 0;
  Percentiles all;     // since the start
  Percentiles recent;  // of the last 1000
};

struct Line {
  std::string name, kind, url;
  unsigned sessions = 0, max_sessions = 0;
  std::uint64_t calls = 0, failed = 0;
};

struct Server {
  std::string version;
  double uptime_ms = 0;
  unsigned sessions = 0, max_sessions = 0, threads = 0;
  bool stopping = false;
  double cpu_percent = 0, memory_mb = 0;
};

struct Entry {
  double at_ms = 0;  // since the session's start
  std::string who;   // "caller", "agent", "tool", "system"
  std::string text;
  std::optional<std::string> heard;  // of an interrupted reply: what was heard, if less than all
  unsigned turn = 0;
  bool interrupted = false, final = false, not_understood = false;
};

struct Turn {
  unsigned turn = 0;
  std::optional<double> hang_over, stt, llm, tts, output, total;
};

// A participant in a room of a conference.
struct Seat {
  std::string session, kind, name;
  std::string joined_at;  // ISO 8601, UTC
  std::string hears;      // "all", "all but 3f2a00112233", "only ..."
  bool muted = false, voice = false;
  double gain = 0;      // dB
  double level = -100;  // dBFS
};

struct Room {
  std::string id, name, line;
  unsigned size = 0;  // seats that it may have
  std::vector<Seat> seats;
};

// nullopt: it has no id that the API would give.
std::optional<Session> read_session(const JsonValue& value);
// Those of the array "sessions".
std::vector<Session> read_sessions(const JsonValue& answer);
// Those of the array "rooms"; rooms and seats without an id are left out.
std::vector<Room> read_rooms(const JsonValue& answer);
// The one in "next"; "" when there are no more.
std::string read_cursor(const JsonValue& answer);
Server read_server(const JsonValue& answer);
std::vector<Line> read_lines(const JsonValue& answer);
// The array "stages" of an answer or an event.
std::vector<Stage> read_stages(const JsonValue& answer);
// Of /api/v1/latency: stages by line.
std::map<std::string, std::vector<Stage>> read_latency(const JsonValue& answer);
Entry read_entry(const JsonValue& value);
std::vector<Entry> read_entries(const JsonValue& answer);
Turn read_turn(const JsonValue& value);
// The array "turns" of an answer.
std::vector<Turn> read_turns(const JsonValue& answer);
// The message in {"error":{"code","message"}}; "" when it is none.
std::string read_error(const JsonValue& answer);

}  // namespace jackfield::client
