// Responses.
#include <algorithm>
#include <iterator>
#include <utility>

#include "realtime_call.hpp"
#include "realtime_failure.hpp"

namespace openai::realtime {
namespace {

void append(Outcome& to, Outcome from) {
  std::move(from.send.begin(), from.send.end(), std::back_inserter(to.send));
  std::move(from.notices.begin(), from.notices.end(), std::back_inserter(to.notices));
}

}  // namespace

void RealtimeCall::ask_for_response(std::string_view instructions, Outcome& out) {
  if (!active_.empty() || asked_) {
    create_due_ = true;
    create_with_ = instructions;
    return;
  }
  asked_ = true;
  asked_with_ = instructions;
  create_due_ = false;
  out.send.push_back(create_response(instructions, rounds_ < settings_.max_tool_rounds));
  set_state("thinking", out);
}

void RealtimeCall::response_created(const ServerEvent& event, Outcome& out) {
  active_ = event.response_id;
  unheard_item_.clear();
  const bool dropped = std::exchange(drop_next_, false);
  const bool ours = std::exchange(asked_, false);
  const bool earlier = !dropped && std::exchange(awaiting_, false);
  const bool pending = interruption_.pending();
  wanted_ = !dropped && (!speaking_ || (pending && (ours || earlier)));
  const bool early = wanted_ && pending && !ours && !earlier;
  active_turn_ = early ? last_turn_ : answered_turn_;
  if (!wanted_) {
    out.send.push_back(cancel_response(active_));
    return;
  }
  if (early) {
    early_ = active_;
    early_audio_ = kNoTime;
  }
  // A filler that is still silent would hold up the answer.
  if (aside_asked_ || (!aside_.empty() && !playout_.audible())) end_aside(out);
  playout_.begin(active_, active_turn_);
}

void RealtimeCall::response_done(const ServerEvent& event, uint64_t now, Outcome& out) {
  const bool wanted = event.response_id == active_ && wanted_;
  used(event, active_turn_, settings_.model, out);
  if (event.status == "failed") {
    playout_.break_off(event.response_id);
  } else {
    playout_.end(event.response_id);
  }
  if (event.response_id != active_) return;
  active_.clear();
  wanted_ = false;
  if (!unheard_item_.empty() && ready_) {
    out.send.push_back(delete_item(std::exchange(unheard_item_, {})));
  }
  if (event.status == "completed") watch_.response_lives();
  if (event.status == "failed") response_failed(event, wanted, now, out);
  if (event.status == "incomplete") {
    error("the response is incomplete" + (event.text.empty() ? "" : ": " + event.text), out);
  }
  answer_tools(out);
  if (create_due_ && !speaking_) ask_for_response(std::exchange(create_with_, {}), out);
  append(out, check_finished());
}

void RealtimeCall::response_failed(const ServerEvent& event, bool wanted, uint64_t now,
                                   Outcome& out) {
  ServiceError failure = event_failure(event.code, event.text);
  if (failure.cause == "key" || failure.cause == "model" || failure.cause == "quota") {
    out.failure = std::move(failure);
    return;
  }
  if (failure.cause == "request") failure.cause = "server";
  bool begun = early_ == event.response_id;
  for (const Playout::Reply& reply : playout_.unfinished()) {
    begun = begun || (reply.response_id == event.response_id && !reply.items.empty());
  }
  if (!begun) playout_.drop(event.response_id);
  const bool again = wanted && !begun && watch_.response_failed(now);
  if (wanted && !begun && !again) {
    failure.text = "the service failed again and again: " + failure.text;
    out.failure = std::move(failure);
    return;
  }
  failure.retryable = again;
  failure.text = "the response failed: " + failure.text;
  error(explained(failure), out);
  out.notices.back().error = std::move(failure);
}

Outcome RealtimeCall::check(uint64_t now) {
  Outcome out;
  check_tools(now, out);
  if (now >= aside_until_) end_aside(out);
  settle(now, out);
  speak_notes(now, out);
  switch (watch_.check(now)) {
    case ServiceWatch::Action::kNone:
      break;
    case ServiceWatch::Action::kFiller:
      out.filler = true;
      break;
    case ServiceWatch::Action::kAskAgain:
      if (!speaking_) ask_for_response(std::exchange(asked_with_, {}), out);
      break;
    case ServiceWatch::Action::kReconnect:
      error("no answer came in time; a new session is tried", out);
      out.notices.back().error = {.cause = "timeout",
                                  .text = "no answer came in time; a new session is tried",
                                  .retryable = true};
      out.expired = true;
      break;
    case ServiceWatch::Action::kGiveUp:
      out.failure = last_failure_;
      out.failure->retryable = false;
      out.failure->text = (watch_.away() ? "no session for too long" : "no answer comes") +
                          (last_failure_.text.empty() ? "" : ": " + last_failure_.text);
      if (out.failure->cause.empty()) out.failure->cause = "timeout";
      break;
  }
  watch_.awaiting(response_due(), now);
  return out;
}

uint64_t RealtimeCall::next_deadline() const {
  uint64_t next = std::min(watch_.deadline(), interruption_.deadline());
  for (const auto& [id, tool] : tools_) next = std::min(next, tool.deadline);
  next = std::min(next, aside_until_);
  if (!notes_.empty()) {
    next = std::min(
        next, quiet_since_ == kNoTime ? notes_checked_ + kLookAgain : quiet_since_ + kBeforeNotes);
  }
  return next;
}

Outcome RealtimeCall::piece_sent(const Playout::Piece& piece, uint64_t now) {
  Outcome out;
  if (!piece.first) return out;
  if (!piece.aside && piece.turn_id == answered_turn_ && !std::exchange(turn_reported_, true)) {
    Notice notice{.kind = Notice::Kind::kTurn, .turn_id = piece.turn_id, .typed = turn_typed_};
    const uint64_t heard = std::min(first_audio_, now);
    stats_.last_hang_over = notice.hang_over = decided_ > speech_end_ ? decided_ - speech_end_ : 0;
    stats_.last_thinking = notice.thinking = heard > decided_ ? heard - decided_ : 0;
    stats_.last_output = notice.output = now > heard ? now - heard : 0;
    stats_.last_total = notice.hang_over + notice.thinking + notice.output;
    out.notices.push_back(notice);
  }
  set_state("speaking", out);
  return out;
}

Outcome RealtimeCall::check_finished() {
  Outcome out;
  while (const auto reply = playout_.take_finished()) {
    if (!reply->items.empty() && (!reply->aside || reply->hang_up)) {
      if (!reply->aside) {
        ++stats_.replies;
        history_.add(false, reply->turn_id, reply->heard_text);
      }
      out.notices.push_back({.kind = Notice::Kind::kReply,
                             .turn_id = reply->turn_id,
                             .text = reply->heard_text,
                             .full = reply->full_text,
                             .hang_up = reply->hang_up,
                             .start = reply->start,
                             .end = reply->end});
    }
    if (idle()) {
      set_state("listening", out);
    } else if (playout_.empty() && !tools_.empty() && !speaking_) {
      set_state("thinking", out);
    }
  }
  return out;
}

bool RealtimeCall::idle() const {
  return !speaking_ && !awaiting_ && !asked_ && !create_due_ && active_.empty() &&
         playout_.empty() && tools_.empty() && !interruption_.pending() && !due_again_ &&
         !aside_asked_ && aside_.empty();
}

bool RealtimeCall::response_due() const {
  return ready_ && (asked_ || awaiting_ || (!active_.empty() && wanted_));
}

void RealtimeCall::say(std::span<const uint8_t> audio, const std::string& text, bool hang_up) {
  const std::string id = "said " + std::to_string(++sayings_);
  playout_.resume();
  playout_.begin(id, answered_turn_, true);
  playout_.add_audio(id, {}, audio);
  playout_.set_text(id, text);
  if (hang_up) playout_.hang_up_after(id);
  playout_.end(id);
}

void RealtimeCall::error(std::string text, Outcome& out) {
  ++stats_.errors;
  out.notices.push_back({.kind = Notice::Kind::kError, .text = std::move(text)});
}

void RealtimeCall::used(const ServerEvent& event, unsigned turn_id, const std::string& model,
                        Outcome& out) {
  if (!event.usage) return;
  out.notices.push_back(
      {.kind = Notice::Kind::kUsage, .turn_id = turn_id, .name = model, .usage = *event.usage});
}

void RealtimeCall::set_state(const char* state, Outcome& out) {
  if (state_ == state) return;
  state_ = state;
  out.notices.push_back({.kind = Notice::Kind::kState, .text = state_});
}

}  // namespace openai::realtime
