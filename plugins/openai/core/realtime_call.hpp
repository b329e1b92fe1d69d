// What a call over the Realtime API is about: turns, responses, interruptions, tools and the
// history that a new connection is given. Pure: events and times come in, messages to send and
// things to report go out. One thread at a time. Times are running times in nanoseconds.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "call_history.hpp"
#include "interruption.hpp"
#include "playout.hpp"
#include "realtime_event.hpp"
#include "realtime_messages.hpp"
#include "service_error.hpp"
#include "service_watch.hpp"

namespace openai::realtime {

struct CallSettings {
  SessionSettings session;
  bool speak_first = true;
  std::string model;         // who is paid, as messages name it
  std::string greeting;      // instructions for the first response
  std::string hang_up_tool;  // the tool that ends the call, "": none
  uint64_t tool_timeout = 10'000'000'000;
  unsigned max_tool_rounds = 8;           // within one reply
  std::size_t most_queued = 8 * 600'000;  // bytes of a reply
  uint64_t resume_after = 800'000'000;    // 0: whoever makes a sound interrupts
  uint64_t min_interruption = 600'000'000;
  std::string backchannels = jackfield::kDefaultBackchannels;
  ServiceWatch::Config watch;
};

// Something to be told to the application.
struct Notice {
  enum class Kind {
    kTranscript,
    kReply,
    kTurn,
    kInterrupted,
    kResumed,
    kState,
    kToolCall,
    kToolCancelled,
    kUsage,
    kNote,
    kError
  };
  Kind kind = Kind::kState;
  unsigned turn_id = 0;
  std::string text;  // transcript, words heard, state, arguments of a tool, error
  std::string full;  // of a reply; the call id of a tool
  std::string name;  // of a tool; of the model
  // transcript: final; reply: interrupted; interrupted: confirmed; resumed: a backchannel; note: a
  // turn of its own
  bool flag = false;
  bool hang_up = false;
  bool not_understood = false;
  bool typed = false;                       // transcript, turn
  bool addressed = true;                    // transcript: meant for the agent
  uint64_t start = kNoTime, end = kNoTime;  // speech, or reply
  uint64_t hang_over = 0, thinking = 0, output = 0;
  Usage usage;
  ServiceError error;  // its cause is empty when nothing of the service failed
};

struct Outcome {
  std::vector<std::string> send;
  std::vector<Notice> notices;
  bool interrupt = false;               // silence the line, then call interrupted()
  bool expired = false;                 // the session is over: connect anew
  bool filler = false;                  // the caller is to be asked to wait
  std::optional<ServiceError> failure;  // the service cannot be used: end the call
};

class RealtimeCall {
 public:
  explicit RealtimeCall(const CallSettings& settings);

  Playout& playout() { return playout_; }
  const Playout& playout() const { return playout_; }

  // The caller waits from here on.
  void begin(uint64_t now) { watch_.session_gone(now); }
  // A connection is there: what it is to be told first. Nothing else is sent before
  // session.updated.
  Outcome connected(uint64_t now);
  // Why there is none, for the last word on it.
  void connection_failed(ServiceError error) { last_failure_ = std::move(error); }
  // It is gone; what was received is still played.
  Outcome disconnected(uint64_t now);
  Outcome event(ServerEvent event, uint64_t now);
  bool ready() const { return ready_; }

  // Audio went to the service; it ended at the running time `end`.
  void input_sent(std::size_t bytes, uint64_t end);
  // Turns that are found on our side (TurnDetection::kNone).
  Outcome turn_start(unsigned turn_id, uint64_t speech_start, uint64_t now);
  Outcome turn_end(uint64_t speech_end, uint64_t decided, bool enough_audio, uint64_t now);
  // What the caller types is a whole turn; while he or she speaks, a part of that one. False: there
  // is no session to take it.
  bool user_text(const std::string& text, uint64_t now, Outcome& out);
  // The line was silenced; all before `position` was heard.
  Outcome interrupted(uint64_t position, uint64_t now);

  Outcome piece_sent(const Playout::Piece& piece, uint64_t now);
  Outcome check_finished();
  // Functions that the model may call besides those of the settings, in place of those offered
  // before. Whoever offers them answers each call in time.
  Outcome offer(const std::vector<jackfield::Tool>& tools);
  // False: no such call is waiting.
  bool tool_result(const std::string& call_id, const std::string& output, Outcome& out);
  // Has the service say `text` beside the conversation while tools are waited for. False: there is
  // something to hear, or nothing is waited for.
  bool say_filler(const std::string& text, uint64_t now, Outcome& out);
  // The model learns what nobody has said; with `speak` it answers as soon as nobody has the word.
  // False: it is not taken.
  bool tell(const std::string& text, bool speak, uint64_t now, Outcome& out);
  // The first reply of a call in which the model does not speak first by itself, now or as soon as
  // the session stands. False: it is not taken, somebody has spoken or been asked to.
  bool greet(Outcome& out);
  // What is due at this time: tools that did not answer, interruptions that were none, a service
  // that is silent.
  Outcome check(uint64_t now);
  uint64_t next_deadline() const;
  // Something that the service does not say. `hang_up`: the call ends behind it.
  void say(std::span<const uint8_t> audio, const std::string& text, bool hang_up);

  bool caller_speaks() const { return speaking_; }
  // Nobody speaks, nothing is under way.
  bool idle() const;
  const std::string& state() const { return state_; }

  struct Stats {
    uint64_t turns = 0, replies = 0, interruptions = 0, tool_calls = 0, errors = 0;
    uint64_t resumed = 0, backchannels = 0;
    uint64_t deltas_dropped = 0, audio_refused = 0, sessions = 0;
    uint64_t last_hang_over = 0, last_thinking = 0, last_output = 0, last_total = 0;
  };
  const Stats& stats() const { return stats_; }

 private:
  struct Turn {
    unsigned id = 0;
    std::string item_id;
    uint64_t start = kNoTime, end = kNoTime, decided = kNoTime;
    std::string text;  // so far
    bool final = false;
    bool dismissed = false;  // taken to be no turn
  };
  struct Tool {
    std::string name;
    uint64_t deadline = 0;
  };

  uint64_t running_time(uint64_t audio_ms, uint64_t now) const;
  void speech_started(const std::string& item_id, unsigned id, uint64_t start, uint64_t now,
                      Outcome& out);
  void speech_stopped(uint64_t end, uint64_t decided, Outcome& out);
  void committed(const std::string& item_id, Outcome& out);
  Turn* turn_of(const std::string& item_id);
  void transcript(const ServerEvent& event, bool final, uint64_t now, Outcome& out);
  void dismissed_words(Turn& turn, uint64_t now, Outcome& out);
  void response_done(const ServerEvent& event, uint64_t now, Outcome& out);
  void tool_call(const ServerEvent& event, uint64_t now, Outcome& out);
  void start_tool(const ServerEvent& event, uint64_t now, Outcome& out);
  void refuse_tool(const ServerEvent& event, const char* why, Outcome& out);
  void answer_tools(Outcome& out);
  void abandon_tools(Outcome& out);
  void start_early_tools(uint64_t now, Outcome& out);
  void send_tools(Outcome& out);
  bool aside_event(const ServerEvent& event, Outcome& out);
  void end_aside(Outcome& out);
  void send_notes(Outcome& out);
  void speak_notes(uint64_t now, Outcome& out);
  bool quiet() const;
  void ask_for_response(std::string_view instructions, Outcome& out);
  void error(std::string text, Outcome& out);
  void used(const ServerEvent& event, unsigned turn_id, const std::string& model, Outcome& out);
  void set_state(const char* state, Outcome& out);
  void session_stands(Outcome& out);
  void ask_to_greet(Outcome& out);
  void response_created(const ServerEvent& event, Outcome& out);
  void response_failed(const ServerEvent& event, bool wanted, uint64_t now, Outcome& out);
  bool response_due() const;
  void refused(const ServerEvent& event, Outcome& out);
  void cut(uint64_t position, uint64_t now, Outcome& out);
  void answer_turn(Outcome& out);
  void answer_text(uint64_t now, Outcome& out);
  void answer_unspoken(uint64_t now, Outcome& out);
  void drop_early(Outcome& out);
  void settle(uint64_t now, Outcome& out);
  void meant(uint64_t now, Outcome& out);
  void not_meant(bool backchannel, uint64_t now, Outcome& out);
  void check_tools(uint64_t now, Outcome& out);
  static constexpr uint64_t kBeforeNotes = 600'000'000;  // of silence
  static constexpr uint64_t kLookAgain = 200'000'000;
  bool found_by_service() const { return settings_.session.turn_detection != TurnDetection::kNone; }

  CallSettings settings_;
  Playout playout_;
  std::string state_ = "listening";
  bool ready_ = false;
  bool stood_ = false;      // there was a session before
  bool greeted_ = false;    // the first reply was asked for, or is not to be
  bool greet_due_ = false;  // once the session stands
  bool speaking_ = false;
  bool awaiting_ = false;     // a response is due: the turn is over
  bool asked_ = false;        // response.create was sent
  bool create_due_ = false;   // once the running response is done
  std::string create_with_;   // its instructions
  std::string active_;        // response that is being generated, "": none
  unsigned active_turn_ = 0;  // that it answers
  bool wanted_ = false;       // its audio is for the listener
  uint64_t input_bytes_ = 0;  // of this session
  uint64_t input_end_ = 0;
  unsigned last_turn_ = 0;
  unsigned answered_turn_ = 0;  // of the response in progress
  std::deque<Turn> turns_;
  CallHistory history_;
  Interruption interruption_;
  uint64_t paused_at_ = 0;
  uint64_t early_audio_ = kNoTime;
  std::string asked_with_;  // instructions of the response that was asked for last
  ServiceError last_failure_;
  std::string early_;          // answer to a turn of which is not known whether it is one
  bool drop_next_ = false;     // the response that begins next is not wanted
  bool service_asks_ = false;  // it begins a response to the last turn by itself
  bool due_again_ = false;     // a response that was lost with its session
  ServiceWatch watch_;
  unsigned sayings_ = 0;
  std::string unheard_item_;  // of the response that is not wanted
  std::map<std::string, Tool> tools_;
  bool tools_answered_ = false;
  unsigned rounds_ = 0;                    // of tools, in this reply
  std::vector<ServerEvent> early_calls_;   // of the response early_
  std::string offer_ = "[]", sent_offer_;  // functions that are to be offered, and that are
  std::set<std::string, std::less<>> own_names_, offered_names_;
  unsigned asides_ = 0;
  bool aside_asked_ = false;
  std::string aside_;  // response beside the conversation that is being made
  uint64_t aside_until_ = kNoTime;
  struct Told {
    std::string text;
    bool sent = false;
  };
  std::deque<Told> notes_;  // that are to be spoken of
  uint64_t quiet_since_ = kNoTime, notes_checked_ = 0;
  // Times of the turn that is being answered.
  uint64_t speech_end_ = kNoTime, decided_ = kNoTime, first_audio_ = kNoTime;
  bool turn_reported_ = true;
  std::vector<std::string> typed_;  // waits for the reply to be cut
  bool turn_typed_ = false;
  Stats stats_;
};

}  // namespace openai::realtime
