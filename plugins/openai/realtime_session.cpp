// The call's dealings with the service: what arrives, what is sent, and what is told to the
// application.
#include <algorithm>
#include <utility>

#include "io_pool.hpp"
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

GstStructure* message_of(const Notice& n) {
  const auto hang_up = static_cast<gboolean>(n.hang_up);
  const auto flag = static_cast<gboolean>(n.flag);
  switch (n.kind) {
    case Notice::Kind::kTranscript:
      return gst_structure_new("agentbrain/transcript", "turn-id", G_TYPE_UINT, n.turn_id, "text",
                               G_TYPE_STRING, n.text.c_str(), "final", G_TYPE_BOOLEAN, flag,
                               "not-understood", G_TYPE_BOOLEAN,
                               static_cast<gboolean>(n.not_understood), "speech-start",
                               G_TYPE_UINT64, n.start, "speech-end", G_TYPE_UINT64, n.end, nullptr);
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
                               n.hang_over + n.thinking + n.output, nullptr);
    case Notice::Kind::kInterrupted:
      return gst_structure_new("agentbrain/interrupted", "turn-id", G_TYPE_UINT, n.turn_id, "at",
                               G_TYPE_UINT64, n.start, "heard", G_TYPE_STRING, n.text.c_str(),
                               "onset-to-flush", G_TYPE_UINT64, n.output, "confirmed",
                               G_TYPE_BOOLEAN, TRUE, nullptr);
    case Notice::Kind::kState:
      return gst_structure_new("agentbrain/state", "state", G_TYPE_STRING, n.text.c_str(), nullptr);
    case Notice::Kind::kToolCall:
      return gst_structure_new("openairealtime/tool-call", "turn-id", G_TYPE_UINT, n.turn_id,
                               "call-id", G_TYPE_STRING, n.full.c_str(), "name", G_TYPE_STRING,
                               n.name.c_str(), "arguments", G_TYPE_STRING, n.text.c_str(), nullptr);
    case Notice::Kind::kError:
      break;
  }
  return gst_structure_new("agentbrain/error", "stage", G_TYPE_STRING, "realtime", "text",
                           G_TYPE_STRING, n.text.c_str(), nullptr);
}

void post(State& s, const Notice& notice) {
  if (notice.kind == Notice::Kind::kError) {
    GST_WARNING_OBJECT(s.self, "%s", notice.text.c_str());
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
  const uint64_t tool = s.call->next_tool_deadline();
  if (tool != kNoTime) {
    const GstClockTime t = now(s);
    wait = std::min<guint64>(wait, tool > t ? tool - t + GST_MSECOND : GST_MSECOND);
  }
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
  s.wake.notify_all();
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
  s.wake.notify_all();
  begin_session(s, lock);
}

void take_input(State& s, Input input) {
  if (!s.format) return;
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
  if (!ours(s) || !s.call || s.in_turn) return;
  s.in_turn = true;
  s.turn_bytes = 0;
  if (s.call->ready()) send_waiting(s);
  deliver(s, lock, s.call->turn_start(turn_id, speech_start, now(s)));
}

void turn_ended(State& s, Lock& lock, GstClockTime speech_end, GstClockTime decided) {
  if (!ours(s) || !s.call || !s.in_turn) return;
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

// --- From the connection ----------------------------------------------------------------------

void State::link_opened() {
  // Known before the first buffer when there is no choice.
  gstpp::CapsPtr caps{gst_pad_get_current_caps(sink)};
  if (!caps) caps.reset(gst_pad_get_allowed_caps(sink));
  std::optional<AudioFormat> only;
  if (caps && !gst_caps_is_any(caps.get()) && gst_caps_get_size(caps.get()) == 1) {
    only = format_of(caps.get());
  }
  Lock guard(lock);
  open = true;
  opened_at = jackfield::io_now_ns();
  GST_INFO_OBJECT(self, "connected");
  if (!format && only) {
    set_format(*this, guard, *only);
  } else {
    begin_session(*this, guard);
  }
  plan_timer(*this);
}

void State::link_text(const std::string& text) {
  std::string error;
  auto event = parse_server_event(text, error);
  Lock guard(lock);
  if (!link) return;  // being stopped
  if (!event) {
    ++bad_events;
    last_bad_event = error;
    GST_WARNING_OBJECT(self, "an event that is none: %s", error.c_str());
    return;
  }
  if (!call) return;
  bytes_received += event->audio.size();
  const bool was_ready = call->ready();
  const bool tools = event->kind == ServerEvent::Kind::kToolCall;
  Outcome out = call->event(std::move(*event), now(*this));
  if (!was_ready && call->ready() && (!ours(*this) || in_turn)) {
    for (std::string& first : out.send) link->send(std::move(first));
    out.send.clear();
    send_waiting(*this);
  }
  const bool expired = out.expired;
  deliver(*this, guard, std::move(out));
  if (tools) plan_timer(*this);
  if (expired) renew(*this, guard);
}

void State::link_lost(const std::string& why, bool again) {
  Lock guard(lock);
  open = false;
  ++connections_lost;
  Outcome out;
  if (call) out = call->disconnected(now(*this));
  out.notices.push_back({.kind = Notice::Kind::kError, .text = why});
  failed = !again;
  deliver(*this, guard, std::move(out));
  guard.unlock();
  if (!again) {
    GST_ELEMENT_ERROR(self, RESOURCE, OPEN_READ_WRITE,
                      ("The speech service cannot be used: %s", why.c_str()), (nullptr));
  }
}

void State::link_timer() {
  Lock guard(lock);
  if (!call || !link) return;
  deliver(*this, guard, call->check_tools(now(*this)));
  const guint64 age = jackfield::io_now_ns() - opened_at;
  if (open && age >= used.session_limit && (call->idle() || age >= used.session_limit + kLatest)) {
    renew(*this, guard);
    return;
  }
  plan_timer(*this);
}

}  // namespace openai::realtime
