// What ends every wait of the turn taker: timers and the ends of the streams.
#include <algorithm>

#include "turn_taker.hpp"

namespace agentbrain {
namespace {

// A reply that sounds reports progress once a second, and its tail up to the lead and what a sink
// that is overdue may take; less than this is no sign of a stage that hangs.
constexpr Time kLeastStall = 20 * kSecond;

}  // namespace

Time TurnTaker::stall_bound(Time now) const {
  return std::max(now, tools_until_) + std::max(config_.think_timeout, kLeastStall);
}

Time TurnTaker::answer_bound(Time now) const {
  return std::max(now, tools_until_) + config_.think_timeout;
}

void TurnTaker::back_to_listening(Time now) {
  addressee_.reply_over(now);
  forget_turn();
  forget_question();
  audible_ = false;
  think_bound_ = kNever;
  filler_at_ = kNever;
  stt_bound_ = kNever;
  awaiting_stt_ = false;
  release();
  if (eos_) {
    emit(Action::Kind::kFinish);
    enter(State::kEnded);
  } else {
    enter(State::kListening);
    plan_notes(now);
  }
}

void TurnTaker::closing(Time now) {
  if (eos_bound_ == kNever) eos_bound_ = now + config_.eos_timeout;
}

void TurnTaker::eos(Time now) {
  if (state_ == State::kEnded || eos_) return;
  eos_ = true;
  closing(now);
  caller_speaking_ = false;
  speech_bound_ = kNever;
  awaiting_stt_ = false;
  switch (state_) {
    case State::kListening:
    case State::kUserSpeaking:
      finish_turn(turn_id_, false, now);
      break;
    case State::kInterruptionPending:
      verdict_ = true;
      resume_at_ = now;
      if (speech_end_ < speech_start_) speech_end_ = now;
      settle(now);
      break;
    default:
      break;
  }
}

void TurnTaker::gone(Time) {
  if (state_ == State::kEnded) return;
  // The caller hung up in the middle of it: what was heard is told.
  if (audible_) emit_reply(Action::Kind::kAbandonReply);
  enter(State::kEnded);
}

Time TurnTaker::deadline() const {
  Time next = eos_bound_;
  const bool text_waits = !collected_.empty() && !caller_speaking_;
  switch (state_) {
    case State::kEnded:
      return kNever;
    case State::kListening:
      next = std::min(next, notes_at_);
      break;
    case State::kUserSpeaking:
      if (caller_speaking_) {
        next = std::min(next, speech_bound_);
      } else {
        next = std::min({next, stt_bound_, text_waits ? text_bound_ : kNever});
      }
      break;
    case State::kThinking:
      next = std::min({next, think_bound_, filler_at_});
      break;
    case State::kSpeaking:
      next = std::min(next, think_bound_);
      break;
    case State::kInterruptionPending:
      next = std::min({next, speech_bound_, paused_known_ ? resume_at_ : kNever});
      break;
  }
  return next;
}

void TurnTaker::timer(Time now) {
  if (state_ == State::kEnded || now < deadline()) return;
  if (now >= eos_bound_) {
    emit_reply(Action::Kind::kAbandonReply);
    emit(Action::Kind::kFinish);
    enter(State::kEnded);
    return;
  }
  time_out(now);
}

void TurnTaker::time_out(Time now) {
  switch (state_) {
    case State::kListening:
      notes_at_ = kNever;
      emit(Action::Kind::kNotesDue);
      break;
    case State::kUserSpeaking:
      if (caller_speaking_) {
        caller_speaking_ = false;
        speech_bound_ = kNever;
        fail("detector", "the caller's speech never ended");
        finish_turn(turn_id_, false, now);
      } else if (!collected_.empty() && now >= text_bound_) {
        finish_turn(turn_id_, false, now);
      } else {
        fail("stt", "nothing came of the caller's speech in time");
        // Of noise a stage that ends no turns says nothing.
        stt_failed_ = stt_failed_ || (!answer_due_ && (stt_ends_turns_ || stt_gave_up_));
        finish_turn(turn_id_, false, now);
      }
      break;
    case State::kThinking:
      if (now >= filler_at_) {
        filler_at_ = kNever;
        worded_ = true;
        emit(Action::Kind::kSayFiller);
        break;
      }
      emit_reply(Action::Kind::kAbandonReply);
      // An agent that has nothing to say first is no error.
      if (reply_turn_ == 0 && !error_said_ && !reply_failed_) {
        back_to_listening(now);
        break;
      }
      fail("llm", "no answer came in time");
      turn_failed(now);
      break;
    case State::kSpeaking:
      emit_reply(Action::Kind::kAbandonReply);
      fail("tts", "the reply stopped and never ended");
      turn_failed(now);
      break;
    case State::kInterruptionPending:
      if (now >= speech_bound_) {
        caller_speaking_ = false;
        speech_bound_ = kNever;
        paused_known_ = true;
        resume_at_ = now;
      }
      settle(now);
      break;
    default:
      break;
  }
}

}  // namespace agentbrain
