// What the turn taker does when stages fail: the caller hears a sentence, and after too many failed
// turns in a row the call ends.
#include <utility>

#include "turn_taker.hpp"

namespace agentbrain {

void TurnTaker::fail(const std::string& stage, const std::string& text,
                     const std::string& element) {
  actions_.push_back({.kind = Action::Kind::kError,
                      .state = state_,
                      .turn_id = reply_turn_,
                      .stage = stage,
                      .text = text,
                      .element = element});
}

void TurnTaker::tell_complaint() {
  if (!complaint_stage_.empty())
    fail(std::exchange(complaint_stage_, {}), complaint_, complaint_element_);
}

void TurnTaker::say_error(Time now) {
  if (!config_.has_error_reply || error_said_ || eos_) return;
  error_said_ = true;
  audible_ = false;
  forget_question();
  think_bound_ = now + config_.think_timeout;
  filler_at_ = kNever;
  release();
  emit(Action::Kind::kSayError);
  enter(State::kThinking);
}

// One more failed turn; true when these were too many.
bool TurnTaker::count_failure() {
  tell_complaint();
  reply_failed_ = stt_failed_ = false;
  ++failed_turns_;
  return config_.max_errors > 0 && failed_turns_ >= config_.max_errors && !eos_;
}

// A turn came to nothing, or the sentence that was to excuse it.
void TurnTaker::turn_failed(Time now) {
  const bool asked = (state_ != State::kListening && state_ != State::kUserSpeaking) || heeds(now);
  if (!asked) {
    // Nobody waits for an answer, so nobody is told, and the agent stays.
    tell_complaint();
    reply_failed_ = stt_failed_ = false;
    back_to_listening(now);
    return;
  }
  const bool voiceless = error_said_;
  if (count_failure()) {
    end_call(voiceless, now);
    return;
  }
  back_to_listening(now);
  if (state_ == State::kEnded) return;
  // A sentence that was not heard is said again, as often as turns may fail.
  if (config_.max_errors > 0) error_said_ = false;
  say_error(now);
}

void TurnTaker::reply_was_heard(Time now) {
  if (!reply_failed_) {
    if (!error_said_) failed_turns_ = 0;
    reply_over(now);
    return;
  }
  const bool lost_voice = complaint_stage_ == "tts" && !error_said_;
  const bool too_many = count_failure();
  if (state_ == State::kSpeaking && too_many) {
    end_call(false, now);
    return;
  }
  // When the caller speaks, the next turn decides.
  reply_over(now);
  if (state_ == State::kListening && lost_voice) say_error(now);
}

void TurnTaker::reply_was_cut() {
  if (reply_failed_) {
    count_failure();
  } else if (heard_anything_ && !error_said_) {
    failed_turns_ = 0;
  }
}

void TurnTaker::end_call(bool voiceless, Time now) {
  fail("call", std::to_string(failed_turns_) + (failed_turns_ == 1 ? " turn" : " turns in a row") +
                   " failed; the call ends (max-errors)");
  back_to_listening(now);
  if (state_ == State::kEnded) return;
  ending_ = eos_ = true;
  closing(now);
  caller_speaking_ = false;
  speech_bound_ = kNever;
  if (voiceless || !config_.has_error_goodbye) {
    back_to_listening(now);
    return;
  }
  think_bound_ = now + config_.think_timeout;
  emit(Action::Kind::kSayGoodbye);
  enter(State::kThinking);
}

void TurnTaker::stage_failed(const std::string& stage, const std::string& why, Time now) {
  if (state_ == State::kEnded) return;
  fail(stage, why);
  if (stage == "stt") stt_gave_up_ = true;
  switch (state_) {
    case State::kThinking:
      if (stage != "stt" && !error_said_ && !ending_) turn_failed(now);
      break;
    case State::kListening:
      if (!error_said_) turn_failed(now);
      break;
    case State::kUserSpeaking:
      if (stage != "stt") break;
      caller_speaking_ = false;
      speech_bound_ = kNever;
      turn_failed(now);
      break;
    case State::kSpeaking:
      // What is being said goes on; the bounds end what cannot.
      if (stage == "llm") reply_failed_ = true;
      break;
    default:
      break;
  }
}

void TurnTaker::stage_complained(const std::string& stage, const std::string& why, Time,
                                 const std::string& element) {
  if (state_ == State::kEnded) return;
  if (stage == "stt") {
    stt_failed_ = true;
  } else if (state_ == State::kThinking || state_ == State::kSpeaking ||
             state_ == State::kInterruptionPending) {
    reply_failed_ = true;
  } else {
    return;  // it is not at work
  }
  complaint_stage_ = stage;
  complaint_ = why;
  complaint_element_ = element;
}

}  // namespace agentbrain
