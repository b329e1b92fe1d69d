// What the caller types in place of speaking.
#include "turn_taker.hpp"

namespace agentbrain {

std::uint32_t TurnTaker::typed(std::uint32_t turn_id, const std::string& text, Time now) {
  if (state_ == State::kEnded || eos_ || ending_ || text.empty()) return 0;
  // What is typed is meant for the agent, and says nothing of what others say meanwhile.
  if (!typed_turn_ && !meant(now)) overhear();
  if (!collect(text)) return 0;
  // Turns are numbered in the order in which they are asked.
  const std::uint32_t id = caller_speaking_ || awaiting_stt_ ? turn_id_ : turn_id;
  actions_.push_back(
      {.kind = Action::Kind::kTyped, .state = state_, .turn_id = id, .texts = {text}});
  typed_turn_ = id;
  switch (state_) {
    case State::kThinking:
    case State::kSpeaking:
      interrupt(now);
      break;
    case State::kInterruptionPending:
      settle(now);
      break;
    default:
      submit_typed(now);
      break;
  }
  return id;
}

// False when nothing was typed. Speech that goes on finds the agent at its answer, as any speech
// that comes late.
bool TurnTaker::submit_typed(Time now) {
  if (!typed_turn_) return false;
  if (!caller_speaking_) speech_bound_ = kNever;
  submit(typed_turn_, false, now, true);
  return true;
}

}  // namespace agentbrain
