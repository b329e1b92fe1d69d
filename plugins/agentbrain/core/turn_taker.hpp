// Who has the word: the conversation state machine of agentbrain, in virtual time.
//
//   listening -> user-speaking -> thinking -> speaking -> listening
//   thinking | speaking -> interruption-pending -> (user-speaking | thinking | speaking)
//
// Pure: every input carries the time, every output is an action the caller must carry out in order.
// One thread at a time. Times are nanoseconds of one running time that never goes back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "addressee.hpp"
#include "backchannels.hpp"

namespace agentbrain {

using Time = std::uint64_t;
inline constexpr Time kNever = UINT64_MAX;
inline constexpr Time kMillisecond = 1'000'000;
inline constexpr Time kSecond = 1'000 * kMillisecond;

enum class State { kListening, kUserSpeaking, kThinking, kSpeaking, kInterruptionPending, kEnded };
// The name in agentbrain/state messages.
const char* state_name(State state);

struct Action {
  enum class Kind {
    kPauseReply,           // silence the line, keep the reply; answer with paused()
    kResumeReply,          // let the reply go on from the heard position
    kConfirmInterruption,  // flush the stages, forget the reply
    kAbandonReply,         // the same without a caller who interrupted: the answer came too late
    kSubmitTurn,           // hand `texts` and the end of the turn to the LLM
    kTyped,                // `texts`: what the caller typed, of turn `turn_id`
    kDiscardTurn,          // the text of the running turn means nothing (a cough, a "mhm"), or is
                           // not meant for the agent
    kSayFiller,            // `text`; "": the agent's own
    kSayError,
    kSayGoodbye,    // the call ends when it was heard
    kStateChanged,  // `state`
    kError,         // `stage`, `text`, `element`
    kNotesDue,      // answer with notes_due()
    kFinish,        // end of stream on the reply's side
  };
  Kind kind;
  State state = State::kListening;  // after the action
  std::uint32_t turn_id = 0;        // of the reply for pause, resume and confirm; else of the turn
  bool audible = false;             // pause, resume, confirm: the reply had begun to sound
  bool not_understood = false;
  bool typed = false;        // submit: the last text was typed or told; pause: because of it
  bool by_caller = false;    // submit: some of it was not told to the agent by the application
  bool continues = false;    // submit: what was asked before is in it, for nobody heard an answer
  bool backchannel = false;  // resume: the caller only said "go on"
  bool addressed = true;     // discard: it was meant for the agent
  std::vector<std::string> texts;
  std::vector<std::string> overheard;  // submit: what was said before, and not to the agent
  std::string stage;
  std::string text;
  std::string element;  // who told the application of the same before; "" nobody
};

class TurnTaker {
 public:
  struct Config {
    Time resume_after = 800 * kMillisecond;
    std::uint32_t min_words = 1;
    std::uint32_t interrupt_words = 0;  // the same once the reply sounds; 0: min_words
    jackfield::Backchannels backchannels{jackfield::kDefaultBackchannels};
    jackfield::Addressee::Config addressee;
    Time min_interruption = 600 * kMillisecond;
    Time silence = kSecond;             // text without an end of turn
    Time think_timeout = 20 * kSecond;  // bounds STT, LLM and a reply that makes no progress
    Time filler_after = 0;              // 0: no filler
    Time eos_timeout = 30 * kSecond;
    Time max_speech = 120 * kSecond;  // a speech start whose end never comes
    bool has_error_reply = false;
    bool has_error_goodbye = false;
    std::uint32_t max_errors = 0;  // so many failed turns in a row end the call; 0: none do
  };

  explicit TurnTaker(const Config& config) { configure(config); }

  void configure(const Config& config);
  void start(bool speak_first, Time now);

  // From the turn detector. `start`, `end`: first and last sample of the speech.
  void speech_start(std::uint32_t turn_id, Time start, Time now);
  void speech_end(std::uint32_t turn_id, Time end, Time now);
  // From the STT stage.
  void interim(const std::string& text, Time now);
  void text(const std::string& text, Time now);
  void turn_end(std::uint32_t turn_id, bool not_understood, Time now);
  // A whole turn, in writing: answered at once, whatever is going on. `turn_id` is used unless the
  // caller speaks, whose turn it then belongs to. Returns the turn; 0: it cannot be taken any more.
  std::uint32_t typed(std::uint32_t turn_id, const std::string& text, Time now);
  // Something that the caller did not say goes with the next question, or greeting. `speak`: as
  // soon as nobody has the word it is a turn of its own, which the agent answers. False: it cannot
  // be taken (any more).
  bool told(const std::string& text, bool speak, Time now);
  // For kNotesDue, in turn `turn_id`. Nothing is done if somebody has begun to speak since.
  void notes_due(std::uint32_t turn_id, Time now);
  // From the LLM stage and the reply's queue.
  void sentence(Time now, std::string_view text = {});
  void reply_audio(Time now);                       // the first audio of a reply went downstream
  void reply_progress(Time now);                    // audio goes on downstream
  void reply_end(bool anything_to_hear, Time now);  // the stages are done with the reply
  void reply_finished(bool hang_up, Time now);      // heard to its end
  // kPauseReply is done. `rest`: what was not heard of the reply, kNever if more may come.
  void paused(bool heard_anything, Time now, Time rest = kNever);
  // The reply waits for tools, until `until` at most; 0: not any more. Every bound is counted from
  // there.
  void tools_awaited(Time until, Time now);
  // They take long: `text` is said, unless something of this reply was said already.
  void tool_filler(const std::string& text);
  // A stage gave up.
  void stage_failed(const std::string& stage, const std::string& why, Time now);
  // A stage could not do its part of what is going on, and goes on itself. The turn has failed if
  // nothing better comes of it. `element`: who told the application of it.
  void stage_complained(const std::string& stage, const std::string& why, Time now,
                        const std::string& element = {});

  void closing(Time now);  // the caller's stream ended; its last words may still come
  void eos(Time now);      // they came
  void gone(Time now);     // nobody takes the reply any more
  void timer(Time now);

  // When timer() wants to be called next; kNever while nothing is awaited.
  Time deadline() const;
  State state() const { return state_; }
  std::uint32_t reply_turn() const { return reply_turn_; }
  // Is what was said of the running turn meant for the agent? By the text that is final, and by all
  // that was heard so far.
  bool meant(Time now) const;
  bool perhaps_meant(Time now) const { return interim_named_ || meant(now); }
  std::vector<Action> take_actions();

 private:
  void emit(Action::Kind kind);
  void emit_reply(Action::Kind kind);
  void enter(State state);
  void hold();
  void release();
  void interrupt(Time now);
  void settle(Time now);
  std::uint32_t words_needed() const;
  bool only_go_on() const;
  void confirm(Time now);
  void await_turn(Time now);
  void resume(Time now);
  void reply_over(Time now);
  void finish_turn(std::uint32_t turn_id, bool not_understood, Time now);
  void submit(std::uint32_t turn_id, bool not_understood, Time now, bool typed = false);
  bool submit_typed(Time now);
  void plan_notes(Time now);
  void add_notes();
  bool collect(const std::string& text);
  void back_to_listening(Time now);
  bool heeds(Time now) const;
  void overhear();
  void forget_question();
  void fail(const std::string& stage, const std::string& text, const std::string& element = {});
  void say_error(Time now);
  void turn_failed(Time now);
  bool count_failure();
  void reply_was_heard(Time now);
  void reply_was_cut();
  void end_call(bool voiceless, Time now);
  void tell_complaint();
  void forget_turn();
  Time stall_bound(Time now) const;
  Time answer_bound(Time now) const;
  void time_out(Time now);

  Config config_;
  State state_ = State::kListening;
  std::vector<Action> actions_;

  // The caller's running turn.
  bool caller_speaking_ = false;
  bool awaiting_stt_ = false;
  std::uint32_t turn_id_ = 0;
  Time speech_start_ = 0;
  Time speech_end_ = 0;
  Time speech_bound_ = kNever;
  Time stt_bound_ = kNever;
  Time text_bound_ = kNever;
  std::vector<std::string> collected_;
  std::size_t collected_bytes_ = 0;
  std::uint32_t collected_words_ = 0;
  std::uint32_t interim_words_ = 0;
  bool interim_named_ = false;
  Time turn_began_ = kNever;
  bool tells_ = false;            // some of these words are no backchannel
  std::uint32_t typed_turn_ = 0;  // what was typed waits for the reply to be cut; 0: nothing does
  bool answer_due_ = false;       // interim words alone cut the reply: something must be said

  // Said in the room and not to the agent; the first `told_` went with the question that is being
  // answered.
  jackfield::Addressee addressee_;
  std::vector<std::string> overheard_;
  std::size_t told_ = 0;

  std::vector<std::string> notes_;  // told, and not with a question yet
  bool notes_speak_ = false;        // one of them is not to wait for a question
  Time notes_at_ = kNever;
  bool begun_ = false;

  // The agent's running reply. `question_` is what was asked and of whose answer nothing was heard.
  std::vector<std::string> question_;
  std::uint32_t reply_turn_ = 0;
  bool audible_ = false;
  bool held_ = false;
  Time think_bound_ = kNever;
  Time filler_at_ = kNever;
  Time tools_until_ = 0;
  bool worded_ = false;  // a sentence or filler of it was given

  // interruption-pending
  bool paused_known_ = false;
  bool heard_anything_ = false;
  Time rest_ = kNever;
  bool verdict_ = false;  // the STT stage ended the turn
  bool verdict_not_understood_ = false;
  Time resume_at_ = kNever;

  bool eos_ = false;
  bool error_said_ = false;
  // What fails.
  std::string complaint_stage_;  // "" none in this turn
  std::string complaint_;
  std::string complaint_element_;
  bool reply_failed_ = false;  // LLM or TTS complained of the running reply
  bool stt_failed_ = false;    // STT complained since the caller began to speak
  bool stt_ends_turns_ = false;
  bool stt_gave_up_ = false;
  std::uint32_t failed_turns_ = 0;  // in a row
  bool ending_ = false;             // because of them
  Time eos_bound_ = kNever;
};

}  // namespace agentbrain
