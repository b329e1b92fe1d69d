// The call's dealings with the service: what arrives, what is sent, and what is told to the
// application.
#include <algorithm>
#include <utility>

#include "io_pool.hpp"
#include "realtime_failure.hpp"
#include "realtime_state.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_EXTERN(openairealtime_debug);
#define GST_CAT_DEFAULT openairealtime_debug

namespace openai::realtime {
namespace {

constexpr std::size_t kMostWaitingMs = 5000;      // the caller's audio while there is no session
constexpr std::size_t kLeastCommitMs = 100;       // less is refused by the service
constexpr unsigned kClosingSilenceMs = 1000;      // lets the service find the end of the last turn
constexpr guint64 kLatest = 3 * 60 * GST_SECOND;  // after session-limit
constexpr guint64 kAgain = GST_SECOND;
constexpr guint64 kLastWordWithin = 5 * GST_SECOND;  // it is mostly ready long before

GstStructure* message_of(const Notice& n) {
  const auto hang_up = static_cast<gboolean>(n.hang_up);
  const auto flag = static_cast<gboolean>(n.flag);
  switch (n.kind) {
    case Notice::Kind::kTranscript:
      return gst_structure_new("agentbrain/transcript", "turn-id", G_TYPE_UINT, n.turn_id, "text",
                               G_TYPE_STRING, n.text.c_str(), "final", G_TYPE_BOOLEAN, flag,
                               "not-understood", G_TYPE_BOOLEAN,
                               static_cast<gboolean>(n.not_understood), "typed", G_TYPE_BOOLEAN,
                               static_cast<gboolean>(n.typed), "addressed", G_TYPE_BOOLEAN,
                               static_cast<gboolean>(n.addressed), "speech-start", G_TYPE_UINT64,
                               n.start, "speech-end", G_TYPE_UINT64, n.end, nullptr);
    case Notice::Kind::kReply:
      return gst_structure_new("agentbrain/reply", "turn-id", G_TYPE_UINT, n.turn_id, "text",
                               G_TYPE_STRING, n.text.c_str(), "full-text", G_TYPE_STRING,
                               n.full.c_str(), "interrupted", G_TYPE_BOOLEAN, flag, "hang-up",
                               G_TYPE_BOOLEAN, hang_up, "transfer", G_TYPE_STRING, "", "start",
                               G_TYPE_UINT64, n.start, "end", G_TYPE_UINT64, n.end, nullptr);
    case Notice::Kind::kTurn:
      return gst_structure_new("agentbrain/turn", "turn-id", G_TYPE_UINT, n.turn_id, "hang-over",
                               G_TYPE_UINT64, n.hang_over, "stt", G_TYPE_UINT64, guint64{0}, "llm",
                               G_TYPE_UINT64, n.thinking, "tts", G_TYPE_UINT64, guint64{0},
                               "output", G_TYPE_UINT64, n.output, "total", G_TYPE_UINT64,
                               n.hang_over + n.thinking + n.output, "typed", G_TYPE_BOOLEAN,
                               static_cast<gboolean>(n.typed), nullptr);
    case Notice::Kind::kInterrupted:
      return gst_structure_new("agentbrain/interrupted", "turn-id", G_TYPE_UINT, n.turn_id, "at",
                               G_TYPE_UINT64, n.start, "heard", G_TYPE_STRING, n.text.c_str(),
                               "onset-to-flush", G_TYPE_UINT64, n.output, "confirmed",
                               G_TYPE_BOOLEAN, flag, nullptr);
    case Notice::Kind::kResumed:
      return gst_structure_new("agentbrain/resumed", "turn-id", G_TYPE_UINT, n.turn_id, "at",
                               G_TYPE_UINT64, n.start, "backchannel", G_TYPE_BOOLEAN, flag,
                               nullptr);
    case Notice::Kind::kState:
      return gst_structure_new("agentbrain/state", "state", G_TYPE_STRING, n.text.c_str(), nullptr);
    case Notice::Kind::kToolCall:
      return gst_structure_new("openairealtime/tool-call", "turn-id", G_TYPE_UINT, n.turn_id,
                               "call-id", G_TYPE_STRING, n.full.c_str(), "name", G_TYPE_STRING,
                               n.name.c_str(), "arguments", G_TYPE_STRING, n.text.c_str(), nullptr);
    case Notice::Kind::kToolCancelled:
      return gst_structure_new("openairealtime/tool-cancelled", "turn-id", G_TYPE_UINT, n.turn_id,
                               "call-id", G_TYPE_STRING, n.full.c_str(), nullptr);
    case Notice::Kind::kNote:
      return gst_structure_new("agentbrain/note", "text", G_TYPE_STRING, n.text.c_str(), "speak",
                               G_TYPE_BOOLEAN, flag, nullptr);
    case Notice::Kind::kUsage:
      return gst_structure_new(
          "openairealtime/usage", "turn-id", G_TYPE_UINT, n.turn_id, "model", G_TYPE_STRING,
          n.name.c_str(), "input-tokens", G_TYPE_UINT64, n.usage.input_tokens, "cached-tokens",
          G_TYPE_UINT64, n.usage.cached_tokens, "output-tokens", G_TYPE_UINT64,
          n.usage.output_tokens, "reasoning-tokens", G_TYPE_UINT64, n.usage.reasoning_tokens,
          "input-audio-tokens", G_TYPE_UINT64, n.usage.input_audio_tokens, "cached-audio-tokens",
          G_TYPE_UINT64, n.usage.cached_audio_tokens, "output-audio-tokens", G_TYPE_UINT64,
          n.usage.output_audio_tokens, "input-audio", G_TYPE_UINT64, n.usage.audio_ms * GST_MSECOND,
          nullptr);
    case Notice::Kind::kError:
      break;
  }
  return gst_structure_new("agentbrain/error", "stage", G_TYPE_STRING, "realtime", "text",
                           G_TYPE_STRING, n.text.c_str(), "element", G_TYPE_STRING,
                           n.error.cause.empty() ? "" : "openairealtime", nullptr);
}

GstStructure* error_message(const ServiceError& error) {
  return gst_structure_new(
      "openairealtime/error", "cause", G_TYPE_STRING, error.cause.c_str(), "text", G_TYPE_STRING,
      error.text.c_str(), "status", G_TYPE_INT, error.status, "retryable", G_TYPE_BOOLEAN,
      static_cast<gboolean>(error.retryable), "stage", G_TYPE_STRING, "realtime", "advice",
      G_TYPE_STRING, std::string(remedy(error)).c_str(), nullptr);
}

void post(State& s, const Notice& notice) {
  if (notice.kind == Notice::Kind::kError) {
    GST_WARNING_OBJECT(s.self, "%s", notice.text.c_str());
    if (!notice.error.cause.empty()) {
      gst_element_post_message(
          GST_ELEMENT_CAST(s.self),
          gst_message_new_element(GST_OBJECT_CAST(s.self), error_message(notice.error)));
    }
  }
  gst_element_post_message(GST_ELEMENT_CAST(s.self),
                           gst_message_new_element(GST_OBJECT_CAST(s.self), message_of(notice)));
}

// Silences the line, if anything is on it. The lock is let go. Returns what was heard until.
GstClockTime flush_line(State& s, Lock& lock) {
  const GstClockTime t = now(s);
  const GstClockTime by_clock = t > s.latency ? t - s.latency : 0;
  if (!s.running || !s.begun || s.ended || s.flush_starting > 0 || !s.call->playout().in_flight()) {
    return by_clock;
  }
  ++s.flush_starting;
  const guint32 seqnum = s.flush_seqnum = gst_util_seqnum_next();
  lock.unlock();
  const GstClockTime answered = jackfield::query_played(s.src);
  lock.lock();
  GstClockTime position = by_clock;
  if (GST_CLOCK_TIME_IS_VALID(answered)) {
    s.knows_played = true;
    position = answered;
  }
  position = std::min<GstClockTime>(position, s.call->playout().sent_until());
  lock.unlock();
  gst_pad_push_event(s.src,
                     jackfield::make_played_out_of_band({.position = position, .discarded = true}));
  GstEvent* start = gst_event_new_flush_start();
  gst_event_set_seqnum(start, seqnum);
  gst_pad_push_event(s.src, start);
  lock.lock();
  --s.flush_starting;
  s.flush_due = true;
  s.discont = true;
  ++s.flushes;
  return position;
}

bool send_input(State& s, const Input& input) {
  if (!s.link || !s.link->send(append_audio(input.audio))) {
    s.input_dropped += input.audio.size();
    return false;
  }
  s.bytes_sent += input.audio.size();
  s.call->input_sent(input.audio.size(), input.end);
  return true;
}

void send_waiting(State& s) {
  for (const Input& input : s.waiting) {
    if (send_input(s, input)) s.turn_bytes += input.audio.size();
  }
  s.waiting.clear();
  s.waiting_bytes = 0;
}

void keep_waiting(State& s, Input input, std::size_t most_ms) {
  s.waiting_bytes += input.audio.size();
  s.waiting.push_back(std::move(input));
  const std::size_t most = most_ms * bytes_per_ms(*s.format);
  while (s.waiting_bytes > most && s.waiting.size() > 1) {
    const std::size_t size = s.waiting.front().audio.size();
    s.waiting_bytes -= size;
    if (most_ms == kMostWaitingMs) s.input_dropped += size;
    s.waiting.pop_front();
  }
}

Notice failure_notice(const ServiceError& error) {
  Notice notice{.kind = Notice::Kind::kError, .text = explained(error)};
  notice.error = error;
  return notice;
}

// The sentence, if it is ready, goes behind what is being played.
bool say(State& s, const Announcement* what, bool hang_up) {
  if (!what || what->state() != Announcement::State::kReady) return false;
  s.call->say(what->audio(), what->text(), hang_up);
  return true;
}

bool ours(const State& s) { return s.used.call.session.turn_detection == TurnDetection::kNone; }

void begin_session(State& s, Lock& lock) {
  if (!s.open || !s.call) return;
  deliver(s, lock, s.call->connected(now(s)));
}

void plan_timer(State& s) {
  if (!s.link || !s.call) return;
  guint64 wait = s.used.session_limit;
  const guint64 age = jackfield::io_now_ns() - s.opened_at;
  wait = age < wait ? wait - age : kAgain;
  const uint64_t due = s.call->next_deadline();
  if (due != kNoTime) {
    // In PAUSED no time passes.
    const GstClockTime t = now(s);
    const guint64 least = s.playing ? GST_MSECOND : kAgain;
    wait = std::min<guint64>(wait, std::max<guint64>(due > t ? due - t + GST_MSECOND : 0, least));
  }
  const uint64_t at = jackfield::io_now_ns() + wait;
  if (s.planned != 0 && s.planned <= at) return;
  s.planned = at;
  s.link->wake_in(wait);
}

// A new session in place of the old one; the conversation goes with it.
void renew(State& s, Lock& lock) {
  GST_INFO_OBJECT(s.self, "a new session takes over");
  s.open = false;
  deliver(s, lock, s.call->disconnected(now(s)));
  RealtimeLink* const link = s.link.get();  // whose call this is
  if (!link) return;
  lock.unlock();
  link->renew();
  lock.lock();
}

}  // namespace

void deliver(State& s, Lock& lock, Outcome out) {
  for (std::string& text : out.send) {
    GST_LOG_OBJECT(s.self, "sends %.*s", 200, text.c_str());
    if (s.link && !s.link->send(std::move(text))) {
      GST_WARNING_OBJECT(s.self, "a message was not sent: the connection is gone or stuck");
    }
  }
  if (out.interrupt) {
    const GstClockTime position = flush_line(s, lock);
    Outcome cut = s.call->interrupted(position, now(s));
    // What the caller does comes before what it did to the reply.
    for (Notice& notice : cut.notices) out.notices.push_back(std::move(notice));
    for (std::string& text : cut.send) {
      if (s.link) s.link->send(std::move(text));
    }
  }
  if (out.filler && !say(s, s.filler.get(), false)) GST_DEBUG_OBJECT(s.self, "no filler");
  s.wake.notify_all();
  if (out.failure) {
    for (Notice& notice : std::exchange(out.notices, {})) {
      lock.unlock();
      post(s, notice);
      lock.lock();
    }
    give_up(s, lock, std::move(*out.failure));
    return;
  }
  plan_timer(s);
  if (out.notices.empty()) return;
  lock.unlock();
  for (const Notice& notice : out.notices) post(s, notice);
  lock.lock();
}

std::optional<AudioFormat> format_of(const GstCaps* caps) {
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  if (gst_structure_has_name(structure, "audio/x-mulaw")) return AudioFormat::kPcmu;
  if (gst_structure_has_name(structure, "audio/x-alaw")) return AudioFormat::kPcma;
  if (gst_structure_has_name(structure, "audio/x-raw")) return AudioFormat::kPcm24;
  return std::nullopt;
}

gstpp::CapsPtr caps_of(AudioFormat format) {
  if (format == AudioFormat::kPcm24) {
    return gstpp::CapsPtr{gst_caps_new_simple(
        "audio/x-raw", "format", G_TYPE_STRING, "S16LE", "layout", G_TYPE_STRING, "interleaved",
        "rate", G_TYPE_INT, 24000, "channels", G_TYPE_INT, 1, nullptr)};
  }
  return gstpp::CapsPtr{
      gst_caps_new_simple(format == AudioFormat::kPcmu ? "audio/x-mulaw" : "audio/x-alaw", "rate",
                          G_TYPE_INT, 8000, "channels", G_TYPE_INT, 1, nullptr)};
}

void set_format(State& s, Lock& lock, AudioFormat format) {
  if (s.format == format) return;
  s.format = format;
  CallSettings settings = s.used.call;
  settings.session.format = format;
  settings.most_queued = s.used.max_queued / GST_MSECOND * bytes_per_ms(format);
  s.call.emplace(settings);
  s.call->begin(now(s));
  Outcome told = s.call->offer(s.offered);
  for (const Told& one : std::exchange(s.told, {})) s.call->tell(one.text, one.speak, now(s), told);
  if (std::exchange(s.greet, false)) s.call->greet(told);
  GstElement* const element = GST_ELEMENT_CAST(s.self);
  s.error_reply = Announcement::get(element, s.used.error_tts, s.used.error_reply, format);
  if (s.used.call.watch.filler_after > 0) {
    s.filler = Announcement::get(element, s.used.error_tts, s.used.filler, format);
  }
  s.wake.notify_all();
  plan_timer(s);
  deliver(s, lock, std::move(told));
  begin_session(s, lock);
}

void take_input(State& s, Input input) {
  if (!s.format) return;
  if (s.failed) {
    s.input_dropped += input.audio.size();
    return;
  }
  if (ours(s) && !s.in_turn) {
    keep_waiting(s, std::move(input), s.used.call.session.prefix_padding_ms);
  } else if (!s.call->ready()) {
    keep_waiting(s, std::move(input), kMostWaitingMs);
  } else {
    if (!s.waiting.empty()) send_waiting(s);
    if (send_input(s, input)) s.turn_bytes += input.audio.size();
  }
}

void turn_started(State& s, Lock& lock, guint turn_id, GstClockTime speech_start) {
  if (!ours(s) || !s.call || s.in_turn || s.failed) return;
  s.in_turn = true;
  s.turn_bytes = 0;
  if (s.call->ready()) send_waiting(s);
  deliver(s, lock, s.call->turn_start(turn_id, speech_start, now(s)));
}

void turn_ended(State& s, Lock& lock, GstClockTime speech_end, GstClockTime decided) {
  if (!ours(s) || !s.call || !s.in_turn || s.failed) return;
  s.in_turn = false;
  const bool enough = s.turn_bytes >= kLeastCommitMs * bytes_per_ms(*s.format);
  deliver(s, lock, s.call->turn_end(speech_end, decided, enough, now(s)));
}

void input_ended(State& s, Lock& lock) {
  const GstClockTime t = now(s);
  s.eos_received = true;
  s.eos_deadline = t + s.used.eos_timeout;
  if (s.call && s.call->caller_speaks()) {
    if (ours(s)) {
      turn_ended(s, lock, t, t);
    } else {
      const std::size_t bytes = kClosingSilenceMs * bytes_per_ms(*s.format);
      take_input(s, {.audio = std::vector<uint8_t>(bytes, silence_byte(*s.format)), .end = t});
    }
  }
  s.wake.notify_all();
}

void find_format(State& s, Lock& lock) {
  if (s.format) return;
  lock.unlock();
  gstpp::CapsPtr caps{gst_pad_get_current_caps(s.sink)};
  if (!caps) caps.reset(gst_pad_get_allowed_caps(s.sink));
  lock.lock();
  if (!caps || gst_caps_is_any(caps.get()) || gst_caps_get_size(caps.get()) != 1) return;
  const auto only = format_of(caps.get());
  if (only && !s.format) set_format(s, lock, *only);
}

// --- The end of a service ---------------------------------------------------------------------

void give_up(State& s, Lock& lock, ServiceError error) {
  if (std::exchange(s.failed, true)) return;
  s.open = false;
  error.retryable = false;
  if (s.link) s.link->shut();
  if (s.call) {
    Outcome out = s.call->disconnected(now(s));
    out.send.clear();
    deliver(s, lock, std::move(out));
  }
  const Notice notice = failure_notice(error);
  lock.unlock();
  post(s, notice);
  lock.lock();
  s.last_word = std::move(error);
  s.last_word_due = 0;
  s.wake.notify_all();
}

bool say_last_word(State& s, Lock& lock) {
  const bool wanted = !s.used.error_reply.empty() && !s.used.error_tts.empty();
  const uint64_t t = jackfield::io_now_ns();
  if (s.last_word_due == 0) s.last_word_due = t + kLastWordWithin;
  const bool lost = s.error_reply && s.error_reply->state() == Announcement::State::kFailed;
  const bool said = s.call && say(s, s.error_reply.get(), true);
  if (!said && wanted && !lost && t < s.last_word_due) return false;
  const ServiceError error = *std::exchange(s.last_word, std::nullopt);
  const std::string why = lost ? s.error_reply->error() : "the caller was told nothing";
  lock.unlock();
  if (said) {
    GST_ELEMENT_WARNING(s.self, RESOURCE, OPEN_READ_WRITE,
                        ("The speech service cannot be used (%s): the caller is told, and the call "
                         "ends.",
                         error.cause.c_str()),
                        ("openairealtime/error says why"));
  } else {
    GST_ELEMENT_ERROR(s.self, RESOURCE, OPEN_READ_WRITE,
                      ("The speech service cannot be used: %s", explained(error).c_str()),
                      ("%s", why.c_str()));
  }
  lock.lock();
  return true;
}

// --- From the connection ----------------------------------------------------------------------

void State::link_opened() {
  Lock guard(lock);
  if (failed) return;
  open = true;
  opened_at = jackfield::io_now_ns();
  GST_INFO_OBJECT(self, "connected");
  if (format) {
    begin_session(*this, guard);
  } else {
    find_format(*this, guard);
  }
  plan_timer(*this);
}

void State::link_text(const std::string& text) {
  std::string error;
  auto event = parse_server_event(text, error);
  Lock guard(lock);
  if (!link || failed) return;  // being stopped, or given up
  if (!event) {
    ++bad_events;
    last_bad_event = error;
    GST_WARNING_OBJECT(self, "an event that is none: %s", error.c_str());
    return;
  }
  if (!call) return;
  bytes_received += event->audio.size();
  const bool was_ready = call->ready();
  Outcome out = call->event(std::move(*event), now(*this));
  if (!was_ready && call->ready() && (!ours(*this) || in_turn)) {
    for (std::string& first : out.send) link->send(std::move(first));
    out.send.clear();
    send_waiting(*this);
  }
  const bool expired = out.expired;
  deliver(*this, guard, std::move(out));
  if (expired && !failed) renew(*this, guard);
}

void State::link_lost(const jackfield::WebSocketEnd& end, bool again) {
  Lock guard(lock);
  if (failed) return;
  open = false;
  ++connections_lost;
  ServiceError error = connection_failure(end.http_status, end.text, end.details, again);
  Outcome out;
  if (call) {
    call->connection_failed(error);
    out = call->disconnected(now(*this));
  }
  if (error.retryable) {
    out.notices.push_back(failure_notice(error));
  } else {
    out.failure = std::move(error);
  }
  deliver(*this, guard, std::move(out));
}

void State::link_timer() {
  Lock guard(lock);
  planned = 0;
  if (!call || !link || failed) return;
  Outcome out = call->check(now(*this));
  const bool expired = out.expired;
  deliver(*this, guard, std::move(out));
  if (failed) return;
  if (expired) {
    renew(*this, guard);
    plan_timer(*this);
    return;
  }
  const guint64 age = jackfield::io_now_ns() - opened_at;
  if (open && age >= used.session_limit && (call->idle() || age >= used.session_limit + kLatest)) {
    renew(*this, guard);
    return;
  }
  plan_timer(*this);
}

}  // namespace openai::realtime
