#include "control/core/event_outbox.hpp"

#include <utility>

namespace jackfield {

void EventOutbox::push(EventFrame event) {
  if (giving_up_) {
    // Those that come before the reader is told count, too.
    if (!waiting_.empty() && !waiting_.back().frame) ++waiting_.back().lost;
    return;
  }
  bytes_ += event->size();
  ++events_;
  waiting_.push_back({.frame = std::move(event)});
  if (bytes_ > config_.max_bytes || events_ > config_.max_events) give_up();
}

void EventOutbox::give_up() {
  std::uint64_t lost = events_;
  std::deque<Waiting> kept;
  for (Waiting& waiting : waiting_) {
    if (waiting.answer) kept.push_back(std::move(waiting));
    // What was lost before and is not told yet is told in one.
    else if (!waiting.frame)
      lost += waiting.lost;
  }
  kept.push_back({.lost = lost});
  waiting_ = std::move(kept);
  bytes_ = events_ = 0;
  giving_up_ = true;
}

bool EventOutbox::push_answer(EventFrame answer) {
  if (answers_ >= config_.max_answers) return false;
  ++answers_;
  waiting_.push_back({.frame = std::move(answer), .answer = true});
  return true;
}

std::optional<EventOutbox::Next> EventOutbox::pop() {
  if (waiting_.empty()) return std::nullopt;
  Waiting first = std::move(waiting_.front());
  waiting_.pop_front();
  if (first.answer) {
    --answers_;
  } else if (first.frame) {
    --events_;
    bytes_ -= first.frame->size();
  }
  return Next{.frame = std::move(first.frame), .lost = first.lost};
}

}  // namespace jackfield
