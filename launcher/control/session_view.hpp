// What the control API tells of a session: plain values, from wherever they come (a running session
// or the folder of one that is over), and their JSON.
#pragma once

#include <glib.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/core/transcript_entry.hpp"
#include "records/core/call_events.hpp"
#include "records/core/total_latency.hpp"
#include "records/message_json.hpp"

namespace jackfield {

enum class SessionPhase { kStarting, kRunning, kEnding, kEnded };

// The two voices of a call.
template <typename T>
struct OfBoth {
  T caller{}, agent{};
};

// Of a conference, in which it has a seat.
struct RoomPlace {
  std::string id, name;
};

struct SessionView {
  std::string id;
  std::string line;
  std::string scenario;  // the file's name without its folder
  std::string kind;      // "phone", "browser", "once"
  SessionPhase phase = SessionPhase::kStarting;
  gint64 started_at = 0;           // Unix time in µs
  std::optional<gint64> ended_at;  // the same
  guint64 duration_ms = 0;
  bool call = false;  // a call has begun in it
  std::string from, to;
  std::string end_reason;
  bool failed = false;
  unsigned turns = 0;
  unsigned interruptions = 0;
  struct LastSaid {
    std::string who, text;
  };
  std::optional<LastSaid> last_said;
  std::optional<TotalLatency> latency;
  OfBoth<bool> muted;
  OfBoth<double> gain;  // dB
  bool recording = false;
  std::optional<RoomPlace> room;
};
// SESSION of docs/control-api.md.
JsonObjectPtr to_json(const SessionView& view);

// Running times of a session's pipeline as ms since the session's start.
struct SessionTimes {
  std::int64_t running_zero = 0;  // ns since the start at which the running time was 0
  double ms(std::uint64_t running_time) const;
};

// ENTRY of docs/control-api.md.
JsonObjectPtr to_json(const TranscriptEntry& entry, const SessionTimes& times);

struct TurnView {
  TurnLatency latency;
  std::uint64_t at = 0;  // ns since the session's start, of the first sound
};
// With the stages in ms; those that are unknown are left out.
JsonObjectPtr to_json(const TurnView& turn);

// All there is about one session.
struct SessionDetail {
  SessionView view;
  SessionTimes times;
  std::vector<TranscriptEntry> entries;
  std::vector<TurnView> turns;
  std::vector<std::string> errors, warnings;
  std::optional<double> recording_start_ms;  // of the recording's first frame, since the start
  std::shared_ptr<JsonObject> media;         // webrtc/latency, or null
};

const char* phase_name(SessionPhase phase);

}  // namespace jackfield
