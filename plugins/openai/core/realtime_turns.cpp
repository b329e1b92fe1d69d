// The caller's turns: what interrupts a reply, and what does not.
#include <algorithm>
#include <utility>

#include "realtime_call.hpp"

namespace openai::realtime {
namespace {

constexpr std::size_t kMostTurns = 32;
constexpr std::size_t kMostTranscript = 16 * 1024;
constexpr uint64_t kBackchannelBoundary = 1'000'000'000;  // of what is left of a reply

}  // namespace

void RealtimeCall::speech_started(const std::string& item_id, unsigned id, uint64_t start,
                                  uint64_t now, Outcome& out) {
  last_turn_ = id;
  speaking_ = true;
  watch_.forget_retry();
  turns_.push_back({.id = id, .item_id = item_id, .start = start});
  if (turns_.size() > kMostTurns) turns_.pop_front();
  const bool answering =
      !playout_.empty() || (!active_.empty() && wanted_) || asked_ || awaiting_ || !tools_.empty();
  send_notes(out);
  if (answering && interruption_.possible()) {
    // Silent at once, and kept until it is known whether it was meant.
    out.interrupt = !interruption_.pending();
    interruption_.begin(start, now);
    interruption_.paused(playout_.paused());
    return;
  }
  // What is generated now is not to be heard; the flush takes away what already was received.
  out.interrupt = answering && !awaiting_;
  drop_next_ = asked_ || awaiting_;
  awaiting_ = create_due_ = false;
  set_state("user-speaking", out);
}

void RealtimeCall::speech_stopped(uint64_t end, uint64_t decided, Outcome& out) {
  if (!speaking_) return;
  speaking_ = false;
  if (!turns_.empty()) {
    turns_.back().end = end;
    turns_.back().decided = decided;
  }
  // The service begins no response while there is another.
  service_asks_ =
      found_by_service() && (settings_.session.interrupt_response || (active_.empty() && !asked_));
  if (interruption_.pending()) {
    interruption_.speech_ended(end, decided);
    settle(decided, out);
  } else {
    answer_turn(out);
  }
}

// The last turn of the caller is over, and it is one.
void RealtimeCall::answer_turn(Outcome& out) {
  ++stats_.turns;
  answered_turn_ = last_turn_;
  rounds_ = 0;
  notes_.clear();
  turn_reported_ = turn_typed_ = false;
  if (!turns_.empty()) {
    speech_end_ = turns_.back().end;
    decided_ = turns_.back().decided;
  }
  first_audio_ = early_.empty() ? kNoTime : early_audio_;
  set_state("thinking", out);
  if (!early_.empty()) {
    early_.clear();
    start_early_tools(decided_, out);
  } else if (service_asks_) {
    awaiting_ = true;
  } else {
    ask_for_response({}, out);
  }
}

Outcome RealtimeCall::turn_start(unsigned turn_id, uint64_t speech_start, uint64_t now) {
  Outcome out;
  speech_started({}, turn_id > last_turn_ ? turn_id : last_turn_ + 1,
                 speech_start == kNoTime ? now : speech_start, now, out);
  return out;
}

Outcome RealtimeCall::turn_end(uint64_t speech_end, uint64_t decided, bool enough_audio,
                               uint64_t now) {
  Outcome out;
  if (!speaking_) return out;
  if (!ready_ || !enough_audio) {  // less than the service takes
    if (ready_) out.send.push_back(clear_audio());
    speaking_ = false;
    if (interruption_.pending()) {
      not_meant(false, now, out);
    } else {
      set_state("listening", out);
    }
    return out;
  }
  out.send.push_back(commit_audio());
  speech_stopped(speech_end == kNoTime ? now : speech_end, decided == kNoTime ? now : decided, out);
  return out;
}

// The item has its name only now when turns are found on our side.
void RealtimeCall::committed(const std::string& item_id, Outcome& out) {
  if (found_by_service()) return;
  for (Turn& turn : turns_) {
    if (!turn.item_id.empty() || turn.end == kNoTime) continue;
    turn.item_id = item_id;
    const bool known = turn.final || settings_.session.transcription_model.empty();
    if (turn.dismissed && known) out.send.push_back(delete_item(item_id));
    return;
  }
}

Outcome RealtimeCall::interrupted(uint64_t position, uint64_t now) {
  Outcome out;
  if (!interruption_.pending()) {
    cut(position, now, out);
    if (!typed_.empty()) answer_text(now, out);
    return out;
  }
  paused_at_ = position;
  playout_.pause(position);
  bool heard = false;
  for (const Playout::Reply& reply : playout_.unfinished()) {
    if (reply.heard_text.empty() && reply.start == kNoTime) continue;
    heard = true;
    const uint64_t onset = turns_.empty() ? now : turns_.back().start;
    out.notices.push_back({.kind = Notice::Kind::kInterrupted,
                           .turn_id = reply.turn_id,
                           .text = reply.heard_text,
                           .start = position,
                           .output = now > onset ? now - onset : 0});
    break;
  }
  interruption_.paused(heard && playout_.rest() > kBackchannelBoundary);
  if (!typed_.empty()) {
    answer_text(now, out);
    return out;
  }
  set_state("interruption-pending", out);
  settle(now, out);
  return out;
}

void RealtimeCall::cut(uint64_t position, uint64_t now, Outcome& out) {
  const bool by_service = found_by_service() && settings_.session.interrupt_response;
  if (!active_.empty() && active_ != early_) {
    if (ready_ && wanted_ && (!by_service || !typed_.empty()))
      out.send.push_back(cancel_response(active_));
    wanted_ = false;
  }
  abandon_tools(out);
  if (!aside_.empty() || aside_asked_) end_aside(out);
  const uint64_t onset = turns_.empty() || !typed_.empty() ? now : turns_.back().start;
  for (const Playout::Reply& reply : playout_.cut(position, early_)) {
    for (const auto& item : reply.items) {
      const bool all = reply.ended && item.heard_ms == item.received_ms;
      if (ready_ && !item.id.empty() && item.received_ms > 0 && !all) {
        out.send.push_back(truncate_item(item.id, item.heard_ms));
      }
    }
    if (reply.items.empty() || reply.aside) continue;  // nothing of it had come
    history_.add(false, reply.turn_id, reply.heard_text);
    ++stats_.interruptions;
    out.notices.push_back({.kind = Notice::Kind::kInterrupted,
                           .turn_id = reply.turn_id,
                           .text = reply.heard_text,
                           .flag = true,
                           .start = position,
                           .output = now > onset ? now - onset : 0});
    out.notices.push_back({.kind = Notice::Kind::kReply,
                           .turn_id = reply.turn_id,
                           .text = reply.heard_text,
                           .full = reply.full_text,
                           .flag = true,
                           .start = reply.start,
                           .end = reply.end});
  }
}

void RealtimeCall::settle(uint64_t now, Outcome& out) {
  if (!playout_.paused()) return;  // the line is being silenced
  switch (interruption_.check(now)) {
    case Interruption::Verdict::kNone:
      break;
    case Interruption::Verdict::kMeant:
      meant(now, out);
      break;
    case Interruption::Verdict::kNotMeant:
      not_meant(false, now, out);
      break;
    case Interruption::Verdict::kGoOn:
      not_meant(true, now, out);
      break;
  }
}

void RealtimeCall::meant(uint64_t now, Outcome& out) {
  interruption_.settled();
  drop_next_ = drop_next_ || asked_ || awaiting_;
  create_due_ = awaiting_ = false;
  cut(paused_at_, now, out);
  if (speaking_) {
    set_state("user-speaking", out);
  } else {
    answer_turn(out);
  }
}

// The service answers what was no question, or not all of it.
void RealtimeCall::drop_early(Outcome& out) {
  const bool running = active_ == early_;
  if (running) {
    wanted_ = false;
    if (ready_) out.send.push_back(cancel_response(active_));
  }
  for (const std::string& item : playout_.drop(early_)) {
    if (running) {
      unheard_item_ = item;
    } else if (ready_ && !item.empty()) {
      out.send.push_back(delete_item(item));
    }
  }
  early_.clear();
  for (const ServerEvent& call : std::exchange(early_calls_, {})) {
    if (ready_) out.send.push_back(delete_item(call.item_id));
  }
}

void RealtimeCall::not_meant(bool backchannel, uint64_t now, Outcome& out) {
  interruption_.settled();
  if (!early_.empty()) {
    drop_early(out);
  } else if (!speaking_ && service_asks_) {
    drop_next_ = true;
  }
  service_asks_ = false;
  if (!turns_.empty()) {
    Turn& turn = turns_.back();
    turn.dismissed = true;
    const bool known = turn.final || settings_.session.transcription_model.empty();
    if (known && ready_ && !turn.item_id.empty()) out.send.push_back(delete_item(turn.item_id));
  }
  const auto replies = playout_.unfinished();
  playout_.resume();
  ++stats_.resumed;
  if (backchannel) ++stats_.backchannels;
  if (!replies.empty()) {
    out.notices.push_back({.kind = Notice::Kind::kResumed,
                           .turn_id = replies.front().turn_id,
                           .flag = backchannel,
                           .start = now});
  }
  const bool due = asked_ || awaiting_ || create_due_ || !active_.empty() || !tools_.empty();
  set_state(playout_.audible() ? "speaking" : due ? "thinking" : "listening", out);
  if (create_due_ && active_.empty() && !asked_) {
    ask_for_response(std::exchange(create_with_, {}), out);
  }
}

// --- The caller's words -----------------------------------------------------------------------

RealtimeCall::Turn* RealtimeCall::turn_of(const std::string& item_id) {
  if (item_id.empty()) return nullptr;  // turns that are not named yet have none
  const auto it = std::find_if(turns_.begin(), turns_.end(),
                               [&](const Turn& t) { return t.item_id == item_id; });
  return it == turns_.end() ? nullptr : &*it;
}

void RealtimeCall::transcript(const ServerEvent& event, bool final, uint64_t now, Outcome& out) {
  Turn* turn = turn_of(event.item_id);
  used(event, turn ? turn->id : 0, settings_.session.transcription_model, out);
  if (!turn) return;
  if (final) {
    turn->text = event.text;
    turn->final = true;
  } else if (turn->text.size() + event.text.size() <= kMostTranscript) {
    turn->text += event.text;
  }
  out.notices.push_back({.kind = Notice::Kind::kTranscript,
                         .turn_id = turn->id,
                         .text = turn->text,
                         .flag = final,
                         .not_understood = final && turn->text.empty(),
                         .start = turn->start,
                         .end = final ? turn->end : kNoTime});
  if (turn == &turns_.back() && interruption_.pending()) {
    interruption_.words(turn->text, final);
    settle(now, out);
  } else if (turn->dismissed) {
    dismissed_words(*turn, now, out);
  }
  if (final && !turn->dismissed) history_.add(true, turn->id, turn->text);
}

// Words of speech that was taken to be none.
void RealtimeCall::dismissed_words(Turn& turn, uint64_t now, Outcome& out) {
  if (!interruption_.tells(turn.text)) {
    if (turn.final && ready_) out.send.push_back(delete_item(turn.item_id));
    return;
  }
  if (&turn != &turns_.back() || speaking_) return;  // what is said now answers for it
  turn.dismissed = false;
  service_asks_ = false;
  if (playout_.empty() && (active_.empty() || !wanted_) && !asked_ && !awaiting_) {
    answer_turn(out);
    return;
  }
  interruption_.begin(turn.start, now);
  interruption_.speech_ended(turn.end, now);
  interruption_.words(turn.text, turn.final);
  out.interrupt = true;
}

}  // namespace openai::realtime
