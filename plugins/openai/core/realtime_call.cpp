#include "realtime_call.hpp"

#include <algorithm>
#include <utility>

#include "realtime_failure.hpp"

namespace openai::realtime {
namespace {

using Kind = ServerEvent::Kind;

// Instructions for the first response of a session that takes over.
constexpr char kQuestionLost[] =
    "The connection was interrupted, and what the caller said last was lost. Say so in a few words "
    "and ask the caller to repeat it.";
constexpr char kReplyBroken[] =
    "The connection was interrupted while you spoke. Go on where your last words broke off.";

}  // namespace

RealtimeCall::RealtimeCall(const CallSettings& settings)
    : settings_(settings),
      playout_(bytes_per_ms(settings.session.format), settings.most_queued),
      interruption_({.resume_after = settings.resume_after,
                     .min_interruption = settings.min_interruption,
                     .hang_over = settings.session.silence_ms * 1'000'000ULL,
                     .transcribed = !settings.session.transcription_model.empty(),
                     .backchannels = jackfield::Backchannels(settings.backchannels)}),
      watch_(settings.watch) {
  own_names_ = names_of_tools(settings.session.tools);
  offer_ = join_tools(settings.session.tools, {});
  // The service would cancel a reply at the first sound.
  settings_.session.interrupt_response = settings.resume_after == 0;
}

// --- The connection ---------------------------------------------------------------------------

Outcome RealtimeCall::connected(uint64_t) {
  Outcome out;
  ready_ = false;
  input_bytes_ = 0;
  ++stats_.sessions;
  SessionSettings session = settings_.session;
  session.tools = offer_ == "[]" ? "" : offer_;
  sent_offer_ = offer_;
  out.send.push_back(session_update(session));
  return out;
}

Outcome RealtimeCall::disconnected(uint64_t now) {
  Outcome out;
  ready_ = false;
  watch_.session_gone(now);
  if (interruption_.pending()) not_meant(false, now, out);
  const bool unheard = !active_.empty() && wanted_;
  due_again_ = due_again_ || awaiting_ || asked_ || create_due_ || unheard || !tools_.empty();
  if (!active_.empty()) playout_.break_off(active_);
  playout_.forget_items();
  turns_.clear();  // the next session knows nothing of their items
  active_.clear();
  early_.clear();
  wanted_ = asked_ = create_due_ = awaiting_ = drop_next_ = service_asks_ = false;
  speaking_ = false;
  abandon_tools(out);
  early_calls_.clear();
  if (!aside_.empty()) playout_.drop_unheard(aside_);
  aside_.clear();
  aside_asked_ = false;
  aside_until_ = kNoTime;
  for (Told& told : notes_) told.sent = true;  // they are in the history
  out.send.clear();
  if (!playout_.audible()) set_state("listening", out);
  return out;
}

void RealtimeCall::session_stands(Outcome& out) {
  watch_.session_ready();
  if (std::exchange(ready_, true)) return;
  for (const auto& line : history_.lines()) {
    out.send.push_back(past_message(line.of_caller, line.text));
  }
  // Of what is still being played, the words whose sound is there.
  bool broken = false;
  for (const Playout::Reply& reply : playout_.unfinished()) {
    if (reply.aside || reply.full_text.empty()) continue;
    broken = true;
    out.send.push_back(past_message(false, reply.full_text));
  }
  send_tools(out);
  const bool again = std::exchange(due_again_, false);
  const bool first = !std::exchange(stood_, true);
  if (std::exchange(greet_due_, false) || (first && settings_.speak_first)) {
    ask_to_greet(out);
  } else if (again && !speaking_) {
    const bool known = answered_turn_ == 0 || history_.knows_caller(answered_turn_);
    const std::string what = broken                ? kReplyBroken
                             : !known              ? kQuestionLost
                             : answered_turn_ == 0 ? settings_.greeting
                                                   : std::string();
    const bool apart = broken || !known;
    ask_for_response(apart ? settings_.session.instructions + "\n" + what : what, out);
  }
}

void RealtimeCall::ask_to_greet(Outcome& out) {
  greeted_ = true;
  answered_turn_ = 0;
  ask_for_response(settings_.greeting, out);
}

bool RealtimeCall::greet(Outcome& out) {
  if (greeted_ || settings_.speak_first || last_turn_ > 0 || speaking_) return false;
  if (!ready_) return greet_due_ = true;
  if (!quiet()) return false;
  ask_to_greet(out);
  return true;
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
  if (aside_event(e, out)) return out;
  switch (e.kind) {
    case Kind::kSessionUpdated:
      session_stands(out);
      break;
    case Kind::kSpeechStarted: {
      uint64_t start = running_time(e.ms, now);
      // The padding is no speech.
      if (settings_.session.turn_detection == TurnDetection::kServerVad && e.ms > 0) {
        start = std::min<uint64_t>(start + settings_.session.prefix_padding_ms * 1'000'000ULL, now);
      }
      speech_started(e.item_id, last_turn_ + 1, start, now, out);
      break;
    }
    case Kind::kSpeechStopped:
      // What the service waited for is the hang-over; the end it names lies before it.
      speech_stopped(std::min(running_time(e.ms, now), now), now, out);
      break;
    case Kind::kCommitted:
      committed(e.item_id, out);
      break;
    case Kind::kTranscriptDelta:
    case Kind::kTranscriptDone:
      transcript(e, e.kind == Kind::kTranscriptDone, now, out);
      break;
    case Kind::kTranscriptFailed: {
      error("transcription: " + (e.text.empty() ? e.code : e.text), out);
      transcript({.kind = Kind::kTranscriptDone, .item_id = e.item_id}, true, now, out);
      break;
    }
    case Kind::kResponseCreated:
      response_created(e, out);
      break;
    case Kind::kAudioDelta:
      watch_.response_lives();
      if (e.response_id != active_ || !wanted_) {
        ++stats_.deltas_dropped;
        if (e.response_id == active_) unheard_item_ = e.item_id;
      } else if (!playout_.add_audio(e.response_id, e.item_id, e.audio)) {
        ++stats_.audio_refused;
      } else {
        uint64_t& first = e.response_id == early_ ? early_audio_ : first_audio_;
        first = std::min(first, now);
      }
      break;
    case Kind::kReplyTranscriptDelta:
      playout_.add_text(e.response_id, e.text);
      break;
    case Kind::kReplyTranscriptDone:
      playout_.set_text(e.response_id, e.text);
      break;
    case Kind::kToolCall:
      watch_.response_lives();
      tool_call(e, now, out);
      break;
    case Kind::kResponseDone:
      response_done(e, now, out);
      break;
    case Kind::kError:
      refused(e, out);
      break;
    case Kind::kSessionCreated:
    case Kind::kOther:
      break;
  }
  watch_.awaiting(response_due(), now);
  return out;
}

void RealtimeCall::refused(const ServerEvent& e, Outcome& out) {
  if (e.code == "session_expired") out.expired = true;
  // Both are races that end well: it was over already, or it will be and we ask again.
  if (e.code == "response_cancel_not_active") return;
  if (e.code == "conversation_already_has_active_response") {
    asked_ = false;
    create_due_ = !std::exchange(drop_next_, false);
    return;
  }
  ServiceError failure = event_failure(e.code, e.text);
  const std::string& cause = failure.cause;
  // Settings that are not taken will not be the next time either.
  const bool settings = !ready_ && cause == "request" && !out.expired;
  if (cause == "key" || cause == "model" || cause == "quota" || settings) {
    out.failure = std::move(failure);
    return;
  }
  if (std::exchange(asked_, false)) {
    drop_next_ = false;
    set_state("listening", out);
  }
  error(failure.text, out);
  out.notices.back().error = std::move(failure);
}

}  // namespace openai::realtime
