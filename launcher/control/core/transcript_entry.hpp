// A line of a conversation, as the control API tells it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "records/core/call_events.hpp"

namespace jackfield {

struct TranscriptEntry {
  const char* who = "system";  // "caller", "agent", "tool", "system"
  unsigned turn = 0;           // 0: of none; the agent's greeting
  std::string text;
  std::optional<std::string> heard;  // of the agent: what was heard of the text, if less
  bool interrupted = false;
  bool final = true;  // false: what is understood so far; another entry of the turn replaces it
  bool not_understood = false;
  bool typed = false;     // by the caller
  bool addressed = true;  // false: the caller did not say it to the agent
  // Running times in ns, kNoTime where unknown.
  std::uint64_t at = kNoTime;
  std::uint64_t start = kNoTime, end = kNoTime;
};

// nullopt when the event is no line of it (latency, an interruption, which the reply tells of).
// `now` is the running time, for events that carry none.
std::optional<TranscriptEntry> transcript_entry(const CallEvent& event, std::uint64_t now);

}  // namespace jackfield
