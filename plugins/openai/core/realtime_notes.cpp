// What the model is told and nobody has said.
#include <algorithm>
#include <utility>

#include "realtime_call.hpp"

namespace openai::realtime {
namespace {

constexpr std::size_t kMostNotes = 32;  // that wait to be spoken of

}  // namespace

bool RealtimeCall::tell(const std::string& text, bool speak, uint64_t now, Outcome& out) {
  if (speak && notes_.size() >= kMostNotes) return false;
  out.notices.push_back({.kind = Notice::Kind::kNote, .text = text, .flag = speak});
  history_.add_note(last_turn_, note_text(text));
  // Without a session the history is what the next one is told.
  if (speak) {
    notes_.push_back({.text = text, .sent = !ready_});
    quiet_since_ = kNoTime;
    notes_checked_ = now;
  } else if (ready_) {
    out.send.push_back(past_message(true, note_text(text)));
  }
  return true;
}

void RealtimeCall::send_notes(Outcome& out) {
  if (!ready_) return;
  for (Told& told : notes_) {
    if (!std::exchange(told.sent, true))
      out.send.push_back(past_message(true, note_text(told.text)));
  }
}

bool RealtimeCall::quiet() const {
  return ready_ && idle() && typed_.empty() && !drop_next_;
}

// A turn of its own, once nobody has had the word for a while.
void RealtimeCall::speak_notes(uint64_t now, Outcome& out) {
  if (notes_.empty()) return;
  notes_checked_ = now;
  if (!quiet()) {
    quiet_since_ = kNoTime;
    return;
  }
  quiet_since_ = std::min(quiet_since_, now);
  if (now - quiet_since_ < kBeforeNotes) return;
  quiet_since_ = kNoTime;
  send_notes(out);
  ++last_turn_;
  answer_unspoken(now, out);
}

}  // namespace openai::realtime
