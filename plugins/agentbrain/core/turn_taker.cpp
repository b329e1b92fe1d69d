#include "turn_taker.hpp"

#include <algorithm>
#include <utility>

#include "heard_text.hpp"

namespace agentbrain {
namespace {

// Shorter speech is a blip: its words, if any, are expected from its onset on.
constexpr Time kBlip = 250 * kMillisecond;
// An STT stage that answers the end of a turn gets this long before a resume overtakes it.
constexpr Time kVerdictGrace = 150 * kMillisecond;
// What one question may hold; a caller who is merged again and again loses the rest.
constexpr std::size_t kMaxQuestionBytes = 64 * 1024;
constexpr std::size_t kMaxQuestionParts = 64;

}  // namespace

const char* state_name(State state) {
  switch (state) {
    case State::kListening:
      return "listening";
    case State::kUserSpeaking:
      return "user-speaking";
    case State::kThinking:
      return "thinking";
    case State::kSpeaking:
      return "speaking";
    case State::kInterruptionPending:
      return "interruption-pending";
    case State::kEnded:
      break;
  }
  return "ended";
}

void TurnTaker::configure(const Config& config) {
  config_ = config;
  addressee_.configure(config.addressee);
}

std::vector<Action> TurnTaker::take_actions() { return std::exchange(actions_, {}); }

void TurnTaker::emit(Action::Kind kind) { actions_.push_back({.kind = kind, .state = state_}); }

void TurnTaker::emit_reply(Action::Kind kind) {
  actions_.push_back({.kind = kind,
                      .state = state_,
                      .turn_id = reply_turn_,
                      .audible = audible_,
                      .typed = typed_turn_ != 0});
}

void TurnTaker::enter(State state) {
  if (state_ == state) return;
  state_ = state;
  emit(Action::Kind::kStateChanged);
}

void TurnTaker::hold() {
  held_ = true;
  emit_reply(Action::Kind::kPauseReply);
}

void TurnTaker::release() {
  if (!std::exchange(held_, false)) return;
  emit_reply(Action::Kind::kResumeReply);
}

void TurnTaker::forget_turn() {
  collected_.clear();
  collected_bytes_ = 0;
  collected_words_ = 0;
  interim_words_ = 0;
  interim_named_ = false;
  turn_began_ = caller_speaking_ ? speech_start_ : kNever;
  tells_ = false;
  typed_turn_ = 0;
  answer_due_ = false;
  text_bound_ = kNever;
}

void TurnTaker::start(bool speak_first, Time now) {
  begun_ = true;
  if (speak_first && state_ == State::kListening) submit(0, false, now);
  plan_notes(now);
}

void TurnTaker::speech_start(std::uint32_t turn_id, Time start, Time now) {
  if (state_ == State::kEnded || eos_) return;
  caller_speaking_ = true;
  turn_id_ = turn_id;
  speech_start_ = start;
  speech_bound_ = now + config_.max_speech;
  if (turn_began_ == kNever) turn_began_ = start;
  interim_words_ = 0;
  if (collected_.empty()) tells_ = interim_named_ = false;
  if (!awaiting_stt_) stt_failed_ = false;
  switch (state_) {
    case State::kListening:
      error_said_ = false;
      hold();
      enter(State::kUserSpeaking);
      break;
    case State::kThinking:
    case State::kSpeaking:
      interrupt(now);
      break;
    case State::kInterruptionPending:
      // Still not clear; what the STT stage said of the speech before no longer decides.
      verdict_ = false;
      resume_at_ = kNever;
      break;
    default:
      break;
  }
}

void TurnTaker::speech_end(std::uint32_t turn_id, Time end, Time now) {
  if (state_ == State::kEnded || !caller_speaking_) return;
  caller_speaking_ = false;
  turn_id_ = turn_id;
  speech_end_ = end;
  speech_bound_ = kNever;
  awaiting_stt_ = true;
  stt_bound_ = now + config_.think_timeout;
  if (!collected_.empty()) text_bound_ = now + config_.silence;
  if (state_ != State::kInterruptionPending) return;
  const bool blip = speech_end_ < speech_start_ + kBlip;
  resume_at_ =
      std::max((blip ? speech_start_ : speech_end_) + config_.resume_after, now + kVerdictGrace);
  settle(now);
}

void TurnTaker::interim(const std::string& text, Time now) {
  const std::uint32_t words = jackfield::count_words(text);
  if (state_ == State::kEnded || ending_ || words == 0) return;
  interim_words_ = std::max(interim_words_, words);
  const bool tells = !config_.backchannels.cover(text);
  tells_ = tells_ || tells;
  interim_named_ = interim_named_ || addressee_.named_in(text);
  if (state_ == State::kInterruptionPending) {
    settle(now);
  } else if ((state_ == State::kSpeaking || state_ == State::kThinking) && caller_speaking_ &&
             words >= words_needed() && (tells || !audible_)) {
    interrupt(now);
  }
}

void TurnTaker::text(const std::string& text, Time now) {
  const std::uint32_t words = jackfield::count_words(text);
  if (state_ == State::kEnded || ending_ || words == 0) return;
  stt_failed_ = stt_gave_up_ = false;
  if (turn_began_ == kNever) turn_began_ = now;
  collect(text);
  collected_words_ += words;
  tells_ = tells_ || !config_.backchannels.cover(text);
  text_bound_ = now + config_.silence;
  switch (state_) {
    case State::kListening:
      hold();
      enter(State::kUserSpeaking);
      break;
    case State::kThinking:
    case State::kSpeaking:
      // Words that come late, or from speech the detector missed.
      interrupt(now);
      break;
    case State::kInterruptionPending:
      settle(now);
      break;
    default:
      break;
  }
}

bool TurnTaker::collect(const std::string& text) {
  if (collected_bytes_ + text.size() > kMaxQuestionBytes || collected_.size() >= kMaxQuestionParts)
    return false;
  collected_bytes_ += text.size();
  collected_.push_back(text);
  return true;
}

void TurnTaker::turn_end(std::uint32_t turn_id, bool not_understood, Time now) {
  if (state_ == State::kEnded || ending_) return;
  stt_ends_turns_ = true;
  if (!caller_speaking_ || turn_id == turn_id_) {
    awaiting_stt_ = false;
    stt_bound_ = kNever;
  }
  if (caller_speaking_ && turn_id == turn_id_) {
    // The detector's signal got lost or the STT stage ends turns itself.
    caller_speaking_ = false;
    speech_bound_ = kNever;
    speech_end_ = now;
    resume_at_ = now + config_.resume_after;
  }
  switch (state_) {
    case State::kListening:
    case State::kUserSpeaking:
      finish_turn(turn_id, not_understood, now);
      break;
    case State::kInterruptionPending:
      verdict_ = true;
      verdict_not_understood_ = not_understood;
      settle(now);
      break;
    default:
      break;
  }
}

void TurnTaker::finish_turn(std::uint32_t turn_id, bool not_understood, Time now) {
  // The caller went on already: what was said so far is the beginning of one longer turn.
  if (caller_speaking_) return;
  if (!collected_.empty() && !meant(now)) overhear();
  if (!collected_.empty() || !question_.empty()) {
    submit(turn_id, false, now);
  } else if (stt_failed_ && !eos_) {
    turn_failed(now);
  } else if ((not_understood && heeds(now)) ||
             (answer_due_ && (heeds(now) || interim_named_) && !eos_)) {
    submit(turn_id, true, now);
  } else {
    back_to_listening(now);
  }
}

void TurnTaker::submit(std::uint32_t turn_id, bool not_understood, Time now, bool typed) {
  const bool by_caller = !collected_.empty();
  const bool continues = !question_.empty();
  // "I did not understand" is no occasion to tell something else.
  if (!not_understood) add_notes();
  std::size_t bytes = collected_bytes_;
  for (const std::string& part : question_) bytes += part.size();
  while ((bytes > kMaxQuestionBytes || question_.size() + collected_.size() > kMaxQuestionParts) &&
         !question_.empty()) {
    bytes -= question_.front().size();
    question_.erase(question_.begin());
  }
  std::move(collected_.begin(), collected_.end(), std::back_inserter(question_));
  addressee_.answers(addressee_.named_in(jackfield::join(question_)));
  const bool greeting = turn_id == 0;
  if (!greeting) told_ = overheard_.size();
  forget_turn();
  awaiting_stt_ = false;
  stt_bound_ = kNever;
  reply_turn_ = turn_id;
  audible_ = false;
  error_said_ = reply_failed_ = stt_failed_ = false;
  complaint_stage_.clear();
  tools_until_ = 0;
  worded_ = false;
  think_bound_ = now + config_.think_timeout;
  filler_at_ = config_.filler_after ? now + config_.filler_after : kNever;
  release();
  actions_.push_back({.kind = Action::Kind::kSubmitTurn,
                      .state = State::kThinking,
                      .turn_id = turn_id,
                      .not_understood = not_understood,
                      .typed = typed,
                      .by_caller = by_caller,
                      .continues = continues,
                      .texts = question_,
                      .overheard = greeting ? std::vector<std::string>{} : overheard_});
  enter(State::kThinking);
}

void TurnTaker::sentence(Time now, std::string_view text) {
  filler_at_ = kNever;
  if (!text.empty()) addressee_.says(text);
  worded_ = true;
  if (state_ == State::kThinking) think_bound_ = answer_bound(now);
}

void TurnTaker::tools_awaited(Time until, Time now) {
  tools_until_ = until;
  if (state_ == State::kThinking) think_bound_ = answer_bound(now);
  if (state_ == State::kSpeaking) think_bound_ = stall_bound(now);
}

void TurnTaker::tool_filler(const std::string& text) {
  if (state_ != State::kThinking || std::exchange(worded_, true)) return;
  filler_at_ = kNever;
  emit(Action::Kind::kSayFiller);
  actions_.back().text = text;
}

void TurnTaker::reply_audio(Time now) {
  switch (state_) {
    case State::kListening:
    case State::kThinking:
      audible_ = true;
      think_bound_ = stall_bound(now);
      enter(State::kSpeaking);
      break;
    case State::kInterruptionPending:
      audible_ = true;
      break;
    case State::kUserSpeaking:
      // Both began at once.
      audible_ = true;
      interrupt(now);
      break;
    default:
      break;
  }
}

void TurnTaker::reply_progress(Time now) {
  if (state_ == State::kSpeaking) think_bound_ = stall_bound(now);
}

void TurnTaker::reply_end(bool anything_to_hear, Time now) {
  filler_at_ = kNever;
  if (anything_to_hear) return;
  if (state_ == State::kThinking && reply_failed_ && !eos_) {
    turn_failed(now);
  } else if (state_ == State::kThinking || (state_ == State::kInterruptionPending && !audible_)) {
    reply_over(now);
  }
}

void TurnTaker::reply_finished(bool hang_up, Time now) {
  if (state_ == State::kEnded) return;
  if (hang_up) {
    forget_question();
    enter(State::kEnded);
    return;
  }
  if (state_ == State::kSpeaking || state_ == State::kInterruptionPending) reply_was_heard(now);
}

void TurnTaker::reply_over(Time now) {
  addressee_.reply_over(now);
  forget_question();
  audible_ = false;
  think_bound_ = kNever;
  if (state_ != State::kInterruptionPending) {
    back_to_listening(now);
    return;
  }
  // Nothing is left to interrupt: this is an ordinary turn.
  if (submit_typed(now)) return;
  enter(State::kUserSpeaking);
  await_turn(now);
}

void TurnTaker::await_turn(Time now) {
  if (caller_speaking_) {
    if (speech_bound_ == kNever) speech_bound_ = now + config_.max_speech;
    return;
  }
  speech_bound_ = kNever;
  if (verdict_) {
    finish_turn(turn_id_, verdict_not_understood_, now);
  } else if (stt_bound_ == kNever) {
    stt_bound_ = now + config_.think_timeout;
  }
}

}  // namespace agentbrain
