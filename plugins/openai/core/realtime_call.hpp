// What a call over the Realtime API is about: turns, responses, interruptions, tools and the
// history that a new connection is given. Pure: events and times come in, messages to send and
// things to report go out. One thread at a time. Times are running times in nanoseconds.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "playout.hpp"
#include "realtime_event.hpp"
#include "realtime_messages.hpp"

namespace openai::realtime {

struct CallSettings {
  SessionSettings session;
  bool speak_first = true;
  std::string greeting;      // instructions for the first response
  std::string hang_up_tool;  // the tool that ends the call, "": none
  uint64_t tool_timeout = 10'000'000'000;
  std::size_t most_queued = 8 * 600'000;  // bytes of a reply
};

// Something to be told to the application.
struct Notice {
  enum class Kind { kTranscript, kReply, kTurn, kInterrupted, kState, kToolCall, kError };
  Kind kind = Kind::kState;
  unsigned turn_id = 0;
  std::string text;   // transcript, words heard, state, arguments of a tool, error
  std::string full;   // of a reply; the call id of a tool
  std::string name;   // of a tool
  bool flag = false;  // transcript: final; reply: interrupted
  bool hang_up = false;
  bool not_understood = false;
  uint64_t start = kNoTime, end = kNoTime;  // speech, or reply
  uint64_t hang_over = 0, thinking = 0, output = 0;
};

struct Outcome {
  std::vector<std::string> send;
  std::vector<Notice> notices;
  bool interrupt = false;  // silence the line, then call interrupted()
  bool expired = false;    // the session is over: connect anew
};

class RealtimeCall {
 public:
  explicit RealtimeCall(const CallSettings& settings);

  Playout& playout() { return playout_; }
  const Playout& playout() const { return playout_; }

  // A connection is there: what it is to be told first. Nothing else is sent before
  // session.updated.
  Outcome connected(uint64_t now);
  // It is gone; what was received is still played.
  Outcome disconnected(uint64_t now);
  Outcome event(ServerEvent event, uint64_t now);
  bool ready() const { return ready_; }

  // Audio went to the service; it ended at the running time `end`.
  void input_sent(std::size_t bytes, uint64_t end);
  // Turns that are found on our side (TurnDetection::kNone).
  Outcome turn_start(unsigned turn_id, uint64_t speech_start, uint64_t now);
  Outcome turn_end(uint64_t speech_end, uint64_t decided, bool enough_audio, uint64_t now);
  // The line was silenced; all before `position` was heard.
  Outcome interrupted(uint64_t position, uint64_t now);

  Outcome piece_sent(bool first, unsigned turn_id, uint64_t now);
  Outcome check_finished();
  // False: no such call is waiting.
  bool tool_result(const std::string& call_id, const std::string& output, Outcome& out);
  Outcome check_tools(uint64_t now);
  uint64_t next_tool_deadline() const;

  bool caller_speaks() const { return speaking_; }
  // Nobody speaks, nothing is under way.
  bool idle() const;
  const std::string& state() const { return state_; }

  struct Stats {
    uint64_t turns = 0, replies = 0, interruptions = 0, tool_calls = 0, errors = 0;
    uint64_t deltas_dropped = 0, audio_refused = 0, sessions = 0;
    uint64_t last_hang_over = 0, last_thinking = 0, last_output = 0, last_total = 0;
  };
  const Stats& stats() const { return stats_; }

 private:
  struct Turn {
    unsigned id = 0;
    std::string item_id;
    uint64_t start = kNoTime, end = kNoTime;
    std::string text;  // so far
  };
  struct Line {
    bool of_caller = false;
    unsigned turn_id = 0;
    std::string text;
  };
  struct Tool {
    std::string name;
    uint64_t deadline = 0;
  };

  uint64_t running_time(uint64_t audio_ms, uint64_t now) const;
  void speech_started(const std::string& item_id, unsigned id, uint64_t start, Outcome& out);
  void speech_stopped(uint64_t end, uint64_t decided, Outcome& out);
  Turn* turn_of(const std::string& item_id);
  void transcript(const ServerEvent& event, bool final, Outcome& out);
  void response_done(const ServerEvent& event, uint64_t now, Outcome& out);
  void tool_call(const ServerEvent& event, uint64_t now, Outcome& out);
  void answer_tools(Outcome& out);
  void ask_for_response(std::string_view instructions, Outcome& out);
  void error(std::string text, Outcome& out);
  void set_state(const char* state, Outcome& out);
  void remember(bool of_caller, unsigned turn_id, const std::string& text);

  CallSettings settings_;
  Playout playout_;
  std::string state_ = "listening";
  bool ready_ = false;
  bool greeted_ = false;
  bool speaking_ = false;
  bool awaiting_ = false;     // a response is due: the turn is over
  bool asked_ = false;        // response.create was sent
  bool create_due_ = false;   // once the running response is done
  std::string create_with_;   // its instructions
  std::string active_;        // response that is being generated, "": none
  bool wanted_ = false;       // its audio is for the listener
  uint64_t input_bytes_ = 0;  // of this session
  uint64_t input_end_ = 0;
  unsigned last_turn_ = 0;
  unsigned answered_turn_ = 0;  // of the response in progress
  std::deque<Turn> turns_;
  std::deque<Line> history_;
  std::size_t history_bytes_ = 0;
  std::map<std::string, Tool> tools_;
  bool tools_answered_ = false;
  // Times of the turn that is being answered.
  uint64_t speech_end_ = kNoTime, decided_ = kNoTime, first_audio_ = kNoTime;
  bool turn_reported_ = true;
  Stats stats_;
};

}  // namespace openai::realtime
