// What the caller types in place of speaking.
#include <utility>

#include "realtime_call.hpp"

namespace openai::realtime {
namespace {

constexpr std::size_t kMostTyped = 64 * 1024;  // bytes
constexpr std::size_t kMostWaiting = 64;

}  // namespace

bool RealtimeCall::user_text(const std::string& text, uint64_t now, Outcome& out) {
  if (!ready_ || text.size() > kMostTyped || typed_.size() >= kMostWaiting) return false;
  watch_.forget_retry();
  if (!speaking_ && typed_.empty()) ++last_turn_;
  history_.add(true, last_turn_, text);
  typed_.push_back(text);
  out.notices.push_back({.kind = Notice::Kind::kTranscript,
                         .turn_id = last_turn_,
                         .text = text,
                         .flag = true,
                         .typed = true,
                         .start = now,
                         .end = now});
  const bool sounds = !playout_.empty() || (!active_.empty() && wanted_);
  if (typed_.size() > 1 || (interruption_.pending() && !playout_.paused())) {
    // The line is being silenced.
  } else if (sounds && !interruption_.pending()) {
    out.interrupt = true;
  } else {
    answer_text(now, out);
  }
  watch_.awaiting(response_due(), now);
  return true;
}

// The reply that sounded, if any, was cut, or is paused because the caller was heard.
void RealtimeCall::answer_text(uint64_t now, Outcome& out) {
  bool on_its_way = asked_ || awaiting_;  // an answer that knows nothing of this
  if (interruption_.pending()) {
    interruption_.settled();
    on_its_way = on_its_way || (!speaking_ && service_asks_ && early_.empty());
    if (!early_.empty()) drop_early(out);
    cut(paused_at_, now, out);
  }
  abandon_tools(out);
  send_notes(out);
  drop_next_ = drop_next_ || on_its_way;
  for (const std::string& text : std::exchange(typed_, {})) {
    if (ready_) out.send.push_back(past_message(true, text));
  }
  if (speaking_) {  // the answer to what is being said is one to this
    create_due_ = awaiting_ = false;
    set_state("user-speaking", out);
    return;
  }
  answer_unspoken(now, out);
}

// The last turn, of which nothing was spoken.
void RealtimeCall::answer_unspoken(uint64_t now, Outcome& out) {
  ++stats_.turns;
  answered_turn_ = last_turn_;
  rounds_ = 0;
  notes_.clear();
  turn_reported_ = false;
  turn_typed_ = true;
  speech_end_ = decided_ = now;
  first_audio_ = kNoTime;
  set_state("thinking", out);
  if (!ready_) {
    due_again_ = true;
    return;
  }
  if (drop_next_) {
    create_due_ = true;
    create_with_.clear();
  } else {
    ask_for_response({}, out);
  }
}

}  // namespace openai::realtime
