// A call as text, one line for what was said or happened.
#pragma once

#include <optional>
#include <string>

#include "records/core/call_events.hpp"

namespace jackfield {

// What lines of a call's beginning and its end begin with.
inline constexpr char kCallStarted[] = "call started";
inline constexpr char kCallEnded[] = "call ended";

enum class Speaker { kCaller, kAgent, kNobody };

struct TranscriptLine {
  std::uint64_t at = kNoTime;  // when it began
  Speaker speaker = Speaker::kNobody;
  std::string text;
  bool typed = false;     // by the caller
  bool addressed = true;  // to the agent
};

// The line for an event, nullopt when it has none (interim transcripts, states, latency). `now` is
// the running time, for events that carry none.
std::optional<TranscriptLine> transcript_line(const CallEvent& event, std::uint64_t now);

// "read_file: ok after 120 ms"
std::string describe_result(const ToolResult& result);

// "[01:02.3] caller: text", "[01:02.3] caller (typed): text", "caller (not to the agent): text";
// without a time "[--:--.-]". No line break.
std::string format_line(const TranscriptLine& line);
// "01:02.3"
std::string format_time(std::uint64_t at);

// "turn 3: 712 ms (hang-over 500, stt 120, llm 2, tts 61, output 29)"
std::string format_latency(const TurnLatency& turn);

}  // namespace jackfield
