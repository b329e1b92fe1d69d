#include "realtime_call.hpp"

#include <algorithm>
#include <utility>

namespace openai::realtime {
namespace {

using Kind = ServerEvent::Kind;

constexpr std::size_t kMostTurns = 32;
constexpr std::size_t kMostHistory = 32 * 1024;  // bytes of text
constexpr std::size_t kMostTools = 32;
constexpr std::size_t kMostTranscript = 16 * 1024;

void append(Outcome& to, Outcome from) {
  std::move(from.send.begin(), from.send.end(), std::back_inserter(to.send));
  std::move(from.notices.begin(), from.notices.end(), std::back_inserter(to.notices));
}

}  // namespace

RealtimeCall::RealtimeCall(const CallSettings& settings)
    : settings_(settings), playout_(bytes_per_ms(settings.session.format), settings.most_queued) {}

// --- The connection ---------------------------------------------------------------------------

Outcome RealtimeCall::connected(uint64_t) {
  Outcome out;
  ready_ = false;
  input_bytes_ = 0;
  ++stats_.sessions;
  out.send.push_back(session_update(settings_.session));
  return out;
}

Outcome RealtimeCall::disconnected(uint64_t) {
  Outcome out;
  ready_ = false;
  if (!active_.empty()) playout_.end(active_);
  active_.clear();
  wanted_ = asked_ = create_due_ = awaiting_ = false;
  speaking_ = false;
  tools_.clear();
  tools_answered_ = false;
  if (!playout_.audible()) set_state("listening", out);
  return out;
}

void RealtimeCall::input_sent(std::size_t bytes, uint64_t end) {
  input_bytes_ += bytes;
  input_end_ = end;
}

// The service counts the audio that it was sent.
uint64_t RealtimeCall::running_time(uint64_t audio_ms, uint64_t now) const {
  const uint64_t sent_ms = input_bytes_ / bytes_per_ms(settings_.session.format);
  const uint64_t ago = sent_ms > audio_ms ? (sent_ms - audio_ms) * 1'000'000 : 0;
  const uint64_t end = input_end_ > 0 ? input_end_ : now;
  return end > ago ? end - ago : 0;
}

// --- Events -----------------------------------------------------------------------------------

Outcome RealtimeCall::event(ServerEvent e, uint64_t now) {
  Outcome out;
  switch (e.kind) {
    case Kind::kSessionUpdated:
      if (std::exchange(ready_, true)) break;
      for (const Line& line : history_) out.send.push_back(past_message(line.of_caller, line.text));
      if (!std::exchange(greeted_, true) && settings_.speak_first) {
        answered_turn_ = 0;
        ask_for_response(settings_.greeting, out);
      }
      break;
    case Kind::kSpeechStarted: {
      uint64_t start = running_time(e.ms, now);
      // The padding is no speech.
      if (settings_.session.turn_detection == TurnDetection::kServerVad && e.ms > 0) {
        start = std::min<uint64_t>(start + settings_.session.prefix_padding_ms * 1'000'000ULL, now);
      }
      speech_started(e.item_id, last_turn_ + 1, start, out);
      break;
    }
    case Kind::kSpeechStopped: {
      // What the service waited for is the hang-over; the end it names lies before it.
      uint64_t end = running_time(e.ms, now);
      speech_stopped(std::min(end, now), now, out);
      break;
    }
    case Kind::kCommitted:
      // The item has its name only now when turns are found on our side.
      if (settings_.session.turn_detection == TurnDetection::kNone && !turns_.empty()) {
        turns_.back().item_id = e.item_id;
      }
      break;
    case Kind::kTranscriptDelta:
    case Kind::kTranscriptDone:
      transcript(e, e.kind == Kind::kTranscriptDone, out);
      break;
    case Kind::kTranscriptFailed:
      error("transcription: " + (e.text.empty() ? e.code : e.text), out);
      break;
    case Kind::kResponseCreated:
      active_ = e.response_id;
      asked_ = awaiting_ = false;
      // One that we asked for before the caller began to speak, and that begins only now.
      wanted_ = !speaking_;
      if (wanted_) {
        playout_.begin(active_, answered_turn_);
      } else {
        out.send.push_back(cancel_response(active_));
      }
      break;
    case Kind::kAudioDelta:
      if (e.response_id != active_ || !wanted_) {
        ++stats_.deltas_dropped;
      } else if (!playout_.add_audio(e.response_id, e.item_id, e.audio)) {
        ++stats_.audio_refused;
      } else if (first_audio_ == kNoTime) {
        first_audio_ = now;
      }
      break;
    case Kind::kReplyTranscriptDelta:
      playout_.add_text(e.response_id, e.text);
      break;
    case Kind::kReplyTranscriptDone:
      playout_.set_text(e.response_id, e.text);
      break;
    case Kind::kToolCall:
      tool_call(e, now, out);
      break;
    case Kind::kResponseDone:
      response_done(e, now, out);
      break;
    case Kind::kError:
      if (e.code == "session_expired") out.expired = true;
      // Both are races that end well: it was over already, or it will be and we ask again.
      if (e.code == "response_cancel_not_active") break;
      if (e.code == "conversation_already_has_active_response") {
        asked_ = false;
        create_due_ = true;
        break;
      }
      if (std::exchange(asked_, false)) set_state("listening", out);
      error(e.text.empty() ? e.code : e.text + (e.code.empty() ? "" : " (" + e.code + ")"), out);
      break;
    case Kind::kSessionCreated:
    case Kind::kOther:
      break;
  }
  return out;
}

void RealtimeCall::speech_started(const std::string& item_id, unsigned id, uint64_t start,
                                  Outcome& out) {
  last_turn_ = id;
  speaking_ = true;
  awaiting_ = false;
  create_due_ = false;
  turns_.push_back({.id = id, .item_id = item_id, .start = start});
  if (turns_.size() > kMostTurns) turns_.pop_front();
  // What is generated now is not to be heard; the flush takes away what already was received.
  if (!playout_.empty() || (!active_.empty() && wanted_) || asked_) out.interrupt = true;
  set_state("user-speaking", out);
}

void RealtimeCall::speech_stopped(uint64_t end, uint64_t decided, Outcome& out) {
  if (!speaking_) return;
  speaking_ = false;
  ++stats_.turns;
  if (!turns_.empty()) turns_.back().end = end;
  answered_turn_ = last_turn_;
  speech_end_ = end;
  decided_ = decided;
  first_audio_ = kNoTime;
  turn_reported_ = false;
  awaiting_ = true;
  set_state("thinking", out);
}

Outcome RealtimeCall::turn_start(unsigned turn_id, uint64_t speech_start, uint64_t now) {
  Outcome out;
  speech_started({}, turn_id > last_turn_ ? turn_id : last_turn_ + 1,
                 speech_start == kNoTime ? now : speech_start, out);
  return out;
}

Outcome RealtimeCall::turn_end(uint64_t speech_end, uint64_t decided, bool enough_audio,
                               uint64_t now) {
  Outcome out;
  if (!speaking_) return out;
  speech_stopped(speech_end == kNoTime ? now : speech_end, decided == kNoTime ? now : decided, out);
  if (!ready_ || !enough_audio) {  // less than the service takes
    if (ready_) out.send.push_back(clear_audio());
    awaiting_ = false;
    turn_reported_ = true;
    set_state("listening", out);
    return out;
  }
  out.send.push_back(commit_audio());
  ask_for_response({}, out);
  return out;
}

Outcome RealtimeCall::interrupted(uint64_t position, uint64_t now) {
  Outcome out;
  const bool ours = settings_.session.turn_detection == TurnDetection::kNone;
  // The service cancels by itself when it heard the caller itself.
  if (ours && ready_ && !active_.empty()) out.send.push_back(cancel_response(active_));
  wanted_ = false;
  const uint64_t onset = turns_.empty() ? now : turns_.back().start;
  for (const Playout::Reply& reply : playout_.cut(position)) {
    for (const auto& item : reply.items) {
      const bool all = reply.ended && item.heard_ms == item.received_ms;
      if (ready_ && item.received_ms > 0 && !all) {
        out.send.push_back(truncate_item(item.id, item.heard_ms));
      }
    }
    remember(false, reply.turn_id, reply.heard_text);
    if (reply.items.empty()) continue;  // nothing of it had come
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
  return out;
}

// --- The caller's words -----------------------------------------------------------------------

RealtimeCall::Turn* RealtimeCall::turn_of(const std::string& item_id) {
  const auto it = std::find_if(turns_.begin(), turns_.end(),
                               [&](const Turn& t) { return t.item_id == item_id; });
  return it == turns_.end() ? nullptr : &*it;
}

void RealtimeCall::transcript(const ServerEvent& event, bool final, Outcome& out) {
  Turn* turn = turn_of(event.item_id);
  if (!turn) return;
  if (final) {
    turn->text = event.text;
    remember(true, turn->id, event.text);
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
}

// A caller's words may be known only after the answer to them: they go before it.
void RealtimeCall::remember(bool of_caller, unsigned turn_id, const std::string& text) {
  if (text.empty()) return;
  auto at = history_.end();
  if (of_caller) {
    at = std::find_if(history_.begin(), history_.end(), [&](const Line& line) {
      return line.turn_id > turn_id || (line.turn_id == turn_id && !line.of_caller);
    });
  }
  history_.insert(at, {.of_caller = of_caller, .turn_id = turn_id, .text = text});
  history_bytes_ += text.size();
  while (history_bytes_ > kMostHistory && history_.size() > 1) {
    history_bytes_ -= history_.front().text.size();
    history_.pop_front();
  }
}

// --- Responses --------------------------------------------------------------------------------

void RealtimeCall::ask_for_response(std::string_view instructions, Outcome& out) {
  if (!active_.empty() || asked_) {
    create_due_ = true;
    create_with_ = instructions;
    return;
  }
  asked_ = true;
  create_due_ = false;
  out.send.push_back(create_response(instructions));
  set_state("thinking", out);
}

void RealtimeCall::response_done(const ServerEvent& event, uint64_t, Outcome& out) {
  playout_.end(event.response_id);
  if (event.response_id != active_) return;
  active_.clear();
  wanted_ = false;
  if (event.status == "failed" || event.status == "incomplete") {
    error("the response is " + event.status + (event.text.empty() ? "" : ": " + event.text), out);
  }
  answer_tools(out);
  if (create_due_ && !speaking_) ask_for_response(std::exchange(create_with_, {}), out);
  append(out, check_finished());
}

void RealtimeCall::tool_call(const ServerEvent& event, uint64_t now, Outcome& out) {
  if (event.response_id != active_ || tools_.size() >= kMostTools) return;
  ++stats_.tool_calls;
  if (!settings_.hang_up_tool.empty() && event.name == settings_.hang_up_tool) {
    playout_.hang_up_after(event.response_id);
    out.send.push_back(tool_output(event.call_id, "{\"ok\":true}"));
    return;
  }
  tools_[event.call_id] = {.name = event.name, .deadline = now + settings_.tool_timeout};
  out.notices.push_back({.kind = Notice::Kind::kToolCall,
                         .turn_id = answered_turn_,
                         .text = event.text,
                         .full = event.call_id,
                         .name = event.name});
}

bool RealtimeCall::tool_result(const std::string& call_id, const std::string& output,
                               Outcome& out) {
  if (tools_.erase(call_id) == 0) return false;
  out.send.push_back(tool_output(call_id, output));
  tools_answered_ = true;
  answer_tools(out);
  return true;
}

// Once all tools of a response have answered, and it is done, the model goes on.
void RealtimeCall::answer_tools(Outcome& out) {
  if (!tools_answered_ || !tools_.empty() || !active_.empty()) return;
  tools_answered_ = false;
  if (!speaking_) ask_for_response({}, out);
}

Outcome RealtimeCall::check_tools(uint64_t now) {
  Outcome out;
  std::vector<std::string> late;
  for (const auto& [id, tool] : tools_) {
    if (tool.deadline <= now) late.push_back(id);
  }
  for (const std::string& id : late) {
    error("nobody answered the call of the tool " + tools_[id].name, out);
    tool_result(id, "{\"error\":\"the tool did not answer\"}", out);
  }
  return out;
}

uint64_t RealtimeCall::next_tool_deadline() const {
  uint64_t next = kNoTime;
  for (const auto& [id, tool] : tools_) next = std::min(next, tool.deadline);
  return next;
}

Outcome RealtimeCall::piece_sent(bool first, unsigned turn_id, uint64_t now) {
  Outcome out;
  if (!first) return out;
  if (turn_id == answered_turn_ && !std::exchange(turn_reported_, true)) {
    Notice notice{.kind = Notice::Kind::kTurn, .turn_id = turn_id};
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
    if (!reply->items.empty()) {
      ++stats_.replies;
      remember(false, reply->turn_id, reply->full_text);
      out.notices.push_back({.kind = Notice::Kind::kReply,
                             .turn_id = reply->turn_id,
                             .text = reply->full_text,
                             .full = reply->full_text,
                             .hang_up = reply->hang_up,
                             .start = reply->start,
                             .end = reply->end});
    }
    if (idle()) set_state("listening", out);
  }
  return out;
}

bool RealtimeCall::idle() const {
  return !speaking_ && !awaiting_ && !asked_ && !create_due_ && active_.empty() &&
         playout_.empty() && tools_.empty();
}

void RealtimeCall::error(std::string text, Outcome& out) {
  ++stats_.errors;
  out.notices.push_back({.kind = Notice::Kind::kError, .text = std::move(text)});
}

void RealtimeCall::set_state(const char* state, Outcome& out) {
  if (state_ == state) return;
  state_ = state;
  out.notices.push_back({.kind = Notice::Kind::kState, .text = state_});
}

}  // namespace openai::realtime
