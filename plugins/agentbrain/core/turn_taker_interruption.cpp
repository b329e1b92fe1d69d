// What becomes of a reply that somebody speaks into.
#include <algorithm>

#include "turn_taker.hpp"

namespace agentbrain {
namespace {

// Behind this much of a reply, "yeah" is an answer to it.
constexpr Time kBackchannelBoundary = kSecond;

}  // namespace

void TurnTaker::paused(bool heard_anything, Time now, Time rest) {
  paused_known_ = true;
  heard_anything_ = heard_anything;
  rest_ = rest;
  if (state_ == State::kInterruptionPending) settle(now);
}

void TurnTaker::interrupt(Time now) {
  paused_known_ = false;
  heard_anything_ = false;
  rest_ = kNever;
  verdict_ = false;
  verdict_not_understood_ = false;
  resume_at_ = caller_speaking_ ? kNever : now + config_.resume_after;
  if (speech_bound_ == kNever) speech_bound_ = now + config_.max_speech;
  enter(State::kInterruptionPending);
  hold();
}

std::uint32_t TurnTaker::words_needed() const {
  return audible_ && config_.interrupt_words ? config_.interrupt_words : config_.min_words;
}

bool TurnTaker::only_go_on() const {
  return audible_ && heard_anything_ && rest_ > kBackchannelBoundary && !tells_ &&
         interim_words_ + collected_words_ > 0;
}

void TurnTaker::settle(Time now) {
  if (!paused_known_) return;
  if (typed_turn_) {
    confirm(now);
    return;
  }
  const bool go_on = only_go_on();
  const std::uint32_t words = std::max(interim_words_, collected_words_);
  const Time duration = speech_end_ > speech_start_ ? speech_end_ - speech_start_ : 0;
  // Over an answer of which nothing was heard yet others may talk: it waits until they are done.
  const bool interrupts = heard_anything_ || perhaps_meant(now);
  if (!go_on && words > 0 && words >= words_needed() && interrupts) {
    answer_due_ = collected_words_ == 0;
    confirm(now);
  } else if (caller_speaking_) {
    return;
  } else if (verdict_ && verdict_not_understood_) {
    // Unheard answers are worth more than speech nobody understood, and so is every answer where
    // people talk with each other.
    if (heard_anything_ && duration >= config_.min_interruption && addressee_.always()) {
      confirm(now);
    } else {
      resume(now);
    }
  } else if ((verdict_ && words > 0) || (go_on && collected_words_ > 0) || now >= resume_at_) {
    resume(now);
  }
}

void TurnTaker::confirm(Time now) {
  emit_reply(Action::Kind::kConfirmInterruption);
  reply_was_cut();
  addressee_.reply_over(now);
  if (heard_anything_) forget_question();
  audible_ = false;
  think_bound_ = kNever;
  filler_at_ = kNever;
  if (submit_typed(now)) return;
  enter(State::kUserSpeaking);
  await_turn(now);
}

void TurnTaker::resume(Time now) {
  const bool go_on = only_go_on();
  if (!go_on && !meant(now)) {
    overhear();
  } else if (!collected_.empty()) {
    emit(Action::Kind::kDiscardTurn);
  }
  forget_turn();
  awaiting_stt_ = false;
  stt_bound_ = kNever;
  speech_bound_ = kNever;
  think_bound_ = audible_ ? stall_bound(now) : answer_bound(now);
  enter(audible_ ? State::kSpeaking : State::kThinking);
  release();
  if (actions_.back().kind == Action::Kind::kResumeReply) actions_.back().backchannel = go_on;
}

}  // namespace agentbrain
