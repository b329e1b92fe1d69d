// What the agent learns from the application, and nobody has said.
#include <iterator>
#include <utility>

#include "turn_taker.hpp"

namespace agentbrain {
namespace {

// Callers mostly go on at once when they go on: a note waits so long for them.
constexpr Time kNotePause = 600 * kMillisecond;
constexpr std::size_t kMaxNotes = 32;
constexpr std::size_t kMaxNoteBytes = 64 * 1024;

}  // namespace

bool TurnTaker::told(const std::string& text, bool speak, Time now) {
  if (state_ == State::kEnded || eos_ || ending_ || text.empty()) return false;
  std::size_t bytes = text.size();
  for (const std::string& note : notes_) bytes += note.size();
  if (notes_.size() >= kMaxNotes || bytes > kMaxNoteBytes) return false;
  std::string note = "(Note: ";
  note += text;
  note += ")";
  notes_.push_back(std::move(note));
  notes_speak_ = notes_speak_ || speak;
  plan_notes(now);
  return true;
}

void TurnTaker::plan_notes(Time now) {
  const bool due = notes_speak_ && begun_ && state_ == State::kListening;
  if (!due) {
    notes_at_ = kNever;
  } else if (notes_at_ == kNever) {
    notes_at_ = now + kNotePause;
  }
}

void TurnTaker::notes_due(std::uint32_t turn_id, Time now) {
  if (!notes_speak_ || state_ != State::kListening) return;
  submit(turn_id, false, now, true);
}

void TurnTaker::add_notes() {
  std::move(notes_.begin(), notes_.end(), std::back_inserter(question_));
  notes_.clear();
  notes_speak_ = false;
  notes_at_ = kNever;
}

}  // namespace agentbrain
