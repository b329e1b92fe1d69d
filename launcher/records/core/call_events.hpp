// What the elements of a call report (docs/events-and-messages.md), as plain values. Times are
// running times of the pipeline in nanoseconds, kNoTime where unknown.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace jackfield {

inline constexpr std::uint64_t kNoTime = UINT64_MAX;

struct CallStarted {
  std::string stream_sid, call_sid, account_sid;
  std::map<std::string, std::string> parameters;
};
struct CallEnded {
  std::string reason;
};
struct CallerSaid {
  unsigned turn_id = 0;
  std::string text;
  bool is_final = false;
  bool not_understood = false;
  bool typed = false;     // in place of speaking
  bool addressed = true;  // meant for the agent
  std::uint64_t speech_start = kNoTime, speech_end = kNoTime;
};
struct AgentSaid {
  unsigned turn_id = 0;
  std::string text;       // what was heard
  std::string full_text;  // what was to be said
  bool interrupted = false;
  bool hang_up = false;
  std::uint64_t start = kNoTime, end = kNoTime;
};
// Of a turn that was typed, what counts from the end of speech is unknown.
struct TurnLatency {
  unsigned turn_id = 0;
  std::uint64_t hang_over = kNoTime, stt = kNoTime, llm = kNoTime, tts = kNoTime, output = kNoTime,
                total = kNoTime;
  bool typed = false;
};
struct Interrupted {
  unsigned turn_id = 0;
  std::uint64_t at = kNoTime;
  std::string heard;
  std::uint64_t onset_to_flush = kNoTime;
  bool confirmed = false;
};
struct Resumed {
  unsigned turn_id = 0;
  std::uint64_t at = kNoTime;
};
struct StageError {
  std::string stage, text;
};
struct ToolCall {
  unsigned turn_id = 0;
  std::string name, arguments;  // JSON, as the model wrote it
};

struct ToolResult {
  unsigned turn_id = 0;
  std::string name;
  std::string outcome;  // "ok", or what went wrong
  std::string text;     // what the tool gave, shortened
  std::uint64_t duration = 0;
};

using CallEvent = std::variant<CallStarted, CallEnded, CallerSaid, AgentSaid, TurnLatency,
                               Interrupted, Resumed, StageError, ToolCall, ToolResult>;

}  // namespace jackfield
