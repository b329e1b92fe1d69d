// What is said where the agent is, and not to it.
#include <algorithm>
#include <iterator>
#include <utility>

#include "heard_text.hpp"
#include "turn_taker.hpp"

namespace agentbrain {
namespace {

// What a language model is told of it with the next question; the oldest is forgotten.
constexpr std::size_t kMaxOverheardBytes = 16 * 1024;
constexpr std::size_t kMaxOverheardParts = 64;

}  // namespace

bool TurnTaker::heeds(Time now) const {
  return addressee_.listens(turn_began_ == kNever ? now : turn_began_);
}

bool TurnTaker::meant(Time now) const {
  return heeds(now) || addressee_.named_in(jackfield::join(collected_));
}

void TurnTaker::overhear() {
  if (collected_.empty()) return;
  actions_.push_back({.kind = Action::Kind::kDiscardTurn,
                      .state = state_,
                      .turn_id = turn_id_,
                      .addressed = false});
  std::move(collected_.begin(), collected_.end(), std::back_inserter(overheard_));
  collected_.clear();
  collected_bytes_ = 0;
  collected_words_ = 0;
  text_bound_ = kNever;
  std::size_t bytes = 0;
  std::size_t kept = 0;
  while (kept < overheard_.size() && kept < kMaxOverheardParts) {
    bytes += overheard_[overheard_.size() - 1 - kept].size();
    if (bytes > kMaxOverheardBytes) break;
    ++kept;
  }
  const std::size_t forgotten = overheard_.size() - kept;
  overheard_.erase(overheard_.begin(), overheard_.begin() + static_cast<std::ptrdiff_t>(forgotten));
  told_ -= std::min(told_, forgotten);
}

// It is answered; so what went with it is known.
void TurnTaker::forget_question() {
  question_.clear();
  overheard_.erase(overheard_.begin(), overheard_.begin() + static_cast<std::ptrdiff_t>(told_));
  told_ = 0;
}

}  // namespace agentbrain
