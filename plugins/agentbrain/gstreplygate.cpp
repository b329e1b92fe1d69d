#include "gstreplygate.hpp"

#include <gst/audio/audio.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "gstpp.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_reply_gate_debug);
#define GST_CAT_DEFAULT gst_reply_gate_debug

using agentbrain::ReplyGateSettings;
using agentbrain::ReplyTimeline;

namespace {

constexpr GstClockTime kPiece = 20 * GST_MSECOND;        // what is pushed at once
constexpr GstClockTime kPollPlayed = 50 * GST_MSECOND;   // asking a sink that knows
constexpr GstClockTime kKeptBack = 60 * GST_MSECOND;     // by converters and encoders
constexpr GstClockTime kPlayedOverdue = 5 * GST_SECOND;  // then the clock decides
constexpr GstClockTime kProgressEvery = GST_SECOND;
constexpr int kDefaultRate = 16000;

// One item of the timeline: audio, or the end of a reply.
struct Kept {
  gstpp::BufferPtr audio;
  gstpp::CapsPtr caps;
  jackfield::ReplyEnd end;
};

// Guarded by `lock`, which is never held while pushing, querying or calling the listener.
struct State {
  std::mutex lock;
  std::condition_variable wake;   // the task
  std::condition_variable space;  // whoever pushes into the gate
  ReplyGateSettings settings;
  ReplyTimeline timeline;
  std::deque<Kept> kept;
  std::uint64_t first_id = 0;  // of kept.front()

  bool running = false;
  bool begun = false;
  bool sink_flushing = false;
  bool held = false;
  bool finish = false;
  bool ended = false;           // EOS was sent or received
  bool announces_ends = false;  // the stages send VoiceReplyEnd
  int flush_starting = 0;
  bool flush_due = false;
  guint32 flush_seqnum = 0;
  bool discont = true;
  bool knows_played = false;  // the sink tells what was heard
  GstClockTime latency = 0;
  GstClockTime last_arrival = 0;
  GstClockTime next_poll = 0;
  GstClockTime next_progress = 0;
  GstClockTime covered = 0;  // silence was sent up to here (files only)
  gstpp::CapsPtr in_caps;
  GstAudioInfo in_info;
  gstpp::CapsPtr out_caps;  // as sent downstream; the task's own

  guint64 flushes = 0;
  guint64 resumes = 0;
  guint64 replies = 0;
  guint64 pushed = 0;
  guint64 underruns = 0;
  guint64 max_queued = 0;
  agentbrain::ReplyGateListener* listener = nullptr;
  agentbrain::MediaTime* time = nullptr;
};

}  // namespace

struct _GstReplyGate {
  GstElement parent;
  GstPad* sinkpad;
  GstPad* srcpad;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstReplyGate, gst_reply_gate, GST_TYPE_ELEMENT)

namespace {

#define REPLY_CAPS                                                  \
  "audio/x-raw, format=(string)S16LE, layout=(string)interleaved, " \
  "rate=(int)[8000, 48000], channels=(int)1"
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(REPLY_CAPS));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(REPLY_CAPS));

GstClockTime now(GstReplyGate* self) {
  const State& s = *self->state;
  if (s.time) return s.time->now(GST_ELEMENT(self));
  const GstClockTime t = gstpp::running_time(GST_ELEMENT(self));
  return GST_CLOCK_TIME_IS_VALID(t) ? t : 0;
}

bool is_live(const State& s) { return !s.time || s.time->live(); }
// Nobody speaks any more and no clock paces a file: the rest goes out at once.
bool unpaced(const State& s) { return s.time && !s.time->live() && s.time->ended(); }

void forget_heard(State& s) {
  while (!s.kept.empty() && s.first_id < s.timeline.first_kept()) {
    s.kept.pop_front();
    ++s.first_id;
  }
}

void clear_reply(State& s) {
  s.timeline.clear();
  forget_heard(s);
  s.discont = true;
}

// What the clock says was heard; a sink that knows better is believed until it is overdue.
void update_heard(State& s, GstClockTime t) {
  GstClockTime heard = t > s.latency ? t - s.latency : 0;
  if (s.knows_played) heard = heard > kPlayedOverdue ? heard - kPlayedOverdue : 0;
  if (unpaced(s)) heard = GST_CLOCK_TIME_NONE;
  s.timeline.heard_until(heard);
  forget_heard(s);
}

// Sends FLUSH_START downstream from the caller's thread and takes back what was not heard. The
// caller has raised flush_starting under the lock.
void flush_line(GstReplyGate* self, guint32 seqnum) {
  State& s = *self->state;
  const GstClockTime answered = jackfield::query_played(self->srcpad);
  GstClockTime position = answered;
  {
    std::lock_guard guard(s.lock);
    if (GST_CLOCK_TIME_IS_VALID(answered)) {
      s.knows_played = true;
    } else {
      const GstClockTime t = now(self);
      position = t > s.latency ? t - s.latency : 0;
    }
    position = std::min(position, s.timeline.sent_until());
  }
  gst_pad_push_event(self->srcpad,
                     jackfield::make_played_out_of_band({.position = position, .discarded = true}));
  GstEvent* start = gst_event_new_flush_start();
  gst_event_set_seqnum(start, seqnum);
  gst_pad_push_event(self->srcpad, start);
  {
    std::lock_guard guard(s.lock);
    s.timeline.heard_until(position);
    s.timeline.take_back();
    s.discont = true;
    --s.flush_starting;
    s.flush_due = true;
    ++s.flushes;
  }
  s.wake.notify_all();
}

// With the lock held: must a flush be sent to silence the line? Raises flush_starting if so.
bool begin_flush(GstReplyGate* self, guint32& seqnum) {
  State& s = *self->state;
  update_heard(s, now(self));
  if (!s.running || !s.begun || s.ended || s.flush_starting > 0 || s.flush_due ||
      !s.timeline.in_flight()) {
    return false;
  }
  ++s.flush_starting;
  s.flush_seqnum = seqnum = gst_util_seqnum_next();
  return true;
}

void send_segment(GstReplyGate* self) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(self->srcpad, gst_event_new_segment(&segment));
}

// The format of the reply before its first word: what the TTS says, or would say.
gstpp::CapsPtr guess_caps(GstReplyGate* self) {
  gstpp::CapsPtr caps{gst_pad_get_current_caps(self->sinkpad)};
  if (caps) return caps;
  gstpp::CapsPtr filter{gst_static_pad_template_get_caps(&sink_template)};
  caps.reset(gst_pad_peer_query_caps(self->sinkpad, filter.get()));
  if (!caps || gst_caps_is_empty(caps.get())) caps = std::move(filter);
  caps.reset(gst_caps_truncate(gst_caps_make_writable(caps.release())));
  gst_structure_fixate_field_nearest_int(gst_caps_get_structure(caps.get(), 0), "rate",
                                         kDefaultRate);
  return gstpp::CapsPtr{gst_caps_fixate(caps.release())};
}

void send_caps(GstReplyGate* self, GstCaps* caps) {
  State& s = *self->state;
  if (s.out_caps && gst_caps_is_equal(s.out_caps.get(), caps)) return;
  s.out_caps = gstpp::share(caps);
  gst_pad_push_event(self->srcpad, gst_event_new_caps(caps));
}

void begin(GstReplyGate* self) {
  gstpp::CharPtr id{gst_pad_create_stream_id(self->srcpad, GST_ELEMENT(self), "reply")};
  gst_pad_push_event(self->srcpad, gst_event_new_stream_start(id.get()));
  send_caps(self, guess_caps(self).get());
  send_segment(self);
  gst_pad_push_event(self->srcpad, gst_event_new_gap(now(self), GST_CLOCK_TIME_NONE));
}

void end_flush(GstReplyGate* self, guint32 seqnum) {
  GstEvent* stop = gst_event_new_flush_stop(FALSE);
  gst_event_set_seqnum(stop, seqnum);
  gst_pad_push_event(self->srcpad, stop);
  send_segment(self);
  gst_pad_push_event(self->srcpad, gst_event_new_gap(now(self), GST_CLOCK_TIME_NONE));
}

void end_of_stream(GstReplyGate* self) {
  State& s = *self->state;
  gst_pad_push_event(self->srcpad, gst_event_new_eos());
  if (s.listener) s.listener->on_output_gone();
}

using Lock = std::unique_lock<std::mutex>;

void wait_for(State& s, Lock& lock, GstClockTime ns) {
  // A file's time is moved on by its buffers, which wake the task; the bound is for the rest.
  ns = std::clamp<GstClockTime>(ns, GST_MSECOND, 500 * GST_MSECOND);
  s.wake.wait_until(lock, std::chrono::steady_clock::now() + std::chrono::nanoseconds(ns));
}

void push_audio(GstReplyGate* self, Lock& lock, const ReplyTimeline::Item& item, GstClockTime pts,
                GstClockTime t) {
  State& s = *self->state;
  const Kept& kept = s.kept[item.id - s.first_id];
  gstpp::BufferPtr buffer{gst_buffer_make_writable(gst_buffer_ref(kept.audio.get()))};
  gstpp::CapsPtr caps = gstpp::share(kept.caps.get());
  GST_BUFFER_PTS(buffer.get()) = pts;
  GST_BUFFER_DTS(buffer.get()) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION(buffer.get()) = item.duration;
  if (!s.discont && pts > s.timeline.sent_until()) {
    s.discont = true;
    if (!item.first) ++s.underruns;
  }
  if (std::exchange(s.discont, false)) {
    GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
  } else {
    GST_BUFFER_FLAG_UNSET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
  }
  const bool first = item.first && s.timeline.reply_start() == GST_CLOCK_TIME_NONE;
  // Marked before the push: a pause that comes while it lasts takes it back.
  s.timeline.sent(pts);
  s.covered = std::max(s.covered, s.timeline.sent_until());
  if (unpaced(s)) s.time->advance(s.timeline.sent_until());
  ++s.pushed;
  const bool progress = t >= s.next_progress;
  if (progress) s.next_progress = t + kProgressEvery;
  lock.unlock();

  // Before the push, which may wait for the clock.
  if (s.listener && first) s.listener->on_reply_started(pts);
  if (s.listener && progress) s.listener->on_reply_progress();
  send_caps(self, caps.get());
  const GstFlowReturn flow = gst_pad_push(self->srcpad, buffer.release());
  if (flow >= GST_FLOW_OK) return;
  lock.lock();
  if (flow == GST_FLOW_FLUSHING) {
    // A pause (its FLUSH_STOP is due here) or the end; both wake the task.
    if (s.running && s.flush_starting == 0 && !s.flush_due) wait_for(s, lock, 10 * GST_MSECOND);
    return;
  }
  s.ended = true;
  clear_reply(s);
  lock.unlock();
  s.space.notify_all();
  if (flow != GST_FLOW_EOS) GST_ELEMENT_FLOW_ERROR(self, flow);
  end_of_stream(self);
}

// Reports replies that were heard to their end. Returns true if the lock was let go.
bool report_finished(GstReplyGate* self, Lock& lock) {
  State& s = *self->state;
  const auto finished = s.timeline.take_finished();
  if (!finished) return false;
  const jackfield::ReplyEnd end = s.kept[finished->id - s.first_id].end;
  forget_heard(s);
  ++s.replies;
  lock.unlock();
  if (s.listener) s.listener->on_reply_finished(end, finished->start, finished->end);
  return true;
}

// A stage that announces no end: nothing followed what was heard.
void end_silent_reply(State& s, GstClockTime t) {
  if (s.timeline.nothing_since_end() || s.held) return;
  if (s.timeline.next() || s.timeline.in_flight()) return;
  const GstClockTime bound = s.announces_ends ? s.settings.stall : s.settings.silence;
  if (t < std::max(s.last_arrival, s.timeline.sent_until()) + bound) return;
  s.timeline.add_end();
  s.kept.push_back({});
}

// What the sink says was heard. Converters and encoders keep the last few milliseconds back until
// more comes, so the end of a reply never quite arrives: once it is due, nearly all of it is all.
void played_until(State& s, GstClockTime position, GstClockTime t) {
  const GstClockTime end = s.timeline.sent_until();
  if (t >= end && position < end && position + kKeptBack >= end) position = end;
  s.timeline.heard_until(position);
}

// Asks the sink how far it is, when the end of what was sent should have been heard.
bool poll_played(GstReplyGate* self, Lock& lock, GstClockTime t) {
  State& s = *self->state;
  if (!s.knows_played || !s.timeline.in_flight() || t < s.timeline.sent_until() ||
      t < s.next_poll) {
    return false;
  }
  s.next_poll = t + kPollPlayed;
  lock.unlock();
  const GstClockTime position = jackfield::query_played(self->srcpad);
  lock.lock();
  if (GST_CLOCK_TIME_IS_VALID(position) && s.flush_starting == 0 && !s.flush_due) {
    played_until(s, position, t);
  }
  lock.unlock();
  return true;
}

// Files only: audiomixer and encoders behind us write nothing while nothing comes.
bool cover_silence(GstReplyGate* self, Lock& lock, GstClockTime until) {
  State& s = *self->state;
  if (is_live(s) || until <= s.covered) return false;
  const GstClockTime from = std::exchange(s.covered, until);
  s.discont = true;
  lock.unlock();
  gst_pad_push_event(self->srcpad, gst_event_new_gap(from, until - from));
  return true;
}

void step(GstReplyGate* self, Lock& lock) {
  State& s = *self->state;
  if (s.flush_starting > 0) {
    s.wake.wait(lock);
    return;
  }
  if (!s.begun) {
    lock.unlock();
    begin(self);
    lock.lock();
    s.begun = true;
    return;
  }
  if (s.flush_due) {
    s.flush_due = false;
    const guint32 seqnum = s.flush_seqnum;
    lock.unlock();
    end_flush(self, seqnum);
    return;
  }
  if (s.ended) {
    s.wake.wait(lock);
    return;
  }
  const GstClockTime t = now(self);
  update_heard(s, t);
  s.space.notify_all();
  if (report_finished(self, lock)) return;
  end_silent_reply(s, t);

  const ReplyTimeline::Item* next = s.held ? nullptr : s.timeline.next();
  if (next && next->is_end) {
    s.timeline.sent(0);
    s.ended = s.kept[next->id - s.first_id].end.hang_up;
    const jackfield::ReplyEnd end = s.kept[next->id - s.first_id].end;
    const GstClockTime first = s.timeline.reply_start();
    const GstClockTime last = s.timeline.sent_until();
    lock.unlock();
    if (!end.hang_up) return;
    // The sink plays what it has, then hangs up: the last moment to report.
    if (s.listener) {
      s.listener->on_reply_finished(end, first, first == GST_CLOCK_TIME_NONE ? first : last);
    }
    end_of_stream(self);
    return;
  }
  if (next) {
    const GstClockTime pts = s.timeline.next_pts(std::max(t, is_live(s) ? 0 : s.covered));
    if (pts <= t + s.settings.lead || unpaced(s)) {
      if (cover_silence(self, lock, pts)) return;
      const ReplyTimeline::Item item = *next;
      push_audio(self, lock, item, pts, t);
    } else {
      wait_for(s, lock, pts - t - s.settings.lead);
    }
    return;
  }
  if (poll_played(self, lock, t) ||
      (!is_live(s) && cover_silence(self, lock, s.time->position()))) {
    return;
  }
  if (!s.held && s.finish && !s.timeline.in_flight()) {
    s.ended = true;
    lock.unlock();
    end_of_stream(self);
    return;
  }
  if (s.timeline.empty() || s.held) {
    s.wake.wait(lock);
  } else if (s.knows_played) {
    wait_for(s, lock, kPollPlayed);
  } else {
    const GstClockTime heard = s.timeline.sent_until() + s.latency;
    wait_for(s, lock, heard > t ? heard - t + GST_MSECOND : 50 * GST_MSECOND);
  }
}

void loop(gpointer data) {
  GstReplyGate* self = GST_REPLY_GATE(data);
  State& s = *self->state;
  Lock lock(s.lock);
  if (s.running) {
    step(self, lock);
    return;
  }
  gst_pad_pause_task(self->srcpad);
}

// Adds one arriving buffer in pieces. With the lock held.
void keep(State& s, GstBuffer* buffer) {
  const int bpf = GST_AUDIO_INFO_BPF(&s.in_info);
  const int rate = GST_AUDIO_INFO_RATE(&s.in_info);
  const gsize frames = gst_buffer_get_size(buffer) / bpf;
  const gsize piece = std::max<gsize>(1, gst_util_uint64_scale(kPiece, rate, GST_SECOND));
  const GstClockTime base = s.timeline.end();
  for (const jackfield::Word& word : jackfield::get_words(buffer)) {
    s.timeline.add_word(word.text, base, word.offset, word.duration);
  }
  for (gsize at = 0; at < frames; at += piece) {
    const gsize n = std::min(piece, frames - at);
    // From the frame count on, so that odd sizes add up.
    const GstClockTime from = gst_util_uint64_scale(at, GST_SECOND, rate);
    const GstClockTime to = gst_util_uint64_scale(at + n, GST_SECOND, rate);
    gstpp::BufferPtr part{
        n == frames ? gst_buffer_ref(buffer)
                    : gst_buffer_copy_region(buffer, GST_BUFFER_COPY_MEMORY, at * bpf, n * bpf)};
    s.timeline.add_audio(to - from);
    s.kept.push_back({.audio = std::move(part), .caps = gstpp::share(s.in_caps.get())});
  }
  s.max_queued = std::max(s.max_queued, s.timeline.unheard());
}

// Waits for room. FLUSHING and EOS end the wait.
GstFlowReturn wait_for_room(State& s, Lock& lock) {
  s.space.wait(lock, [&] {
    return !s.running || s.sink_flushing || s.ended || s.timeline.unheard() < s.settings.max_queued;
  });
  if (!s.running || s.sink_flushing) return GST_FLOW_FLUSHING;
  return s.ended ? GST_FLOW_EOS : GST_FLOW_OK;
}

GstFlowReturn handle_chain(GstReplyGate* self, gstpp::BufferPtr buffer) {
  State& s = *self->state;
  Lock lock(s.lock);
  if (!s.in_caps) return GST_FLOW_NOT_NEGOTIATED;
  if (s.timeline.nothing_since_end() && s.listener) {
    // Before the task can send it on.
    lock.unlock();
    s.listener->on_reply_arrived();
    lock.lock();
  }
  const GstFlowReturn flow = wait_for_room(s, lock);
  if (flow != GST_FLOW_OK) return flow;
  keep(s, buffer.get());
  s.last_arrival = now(self);
  lock.unlock();
  s.wake.notify_all();
  return GST_FLOW_OK;
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  return gstpp::guarded(parent, GST_FLOW_ERROR, [&] {
    return handle_chain(GST_REPLY_GATE(parent), gstpp::BufferPtr{buffer});
  });
}

void end_reply(GstReplyGate* self, const jackfield::ReplyEnd& end) {
  State& s = *self->state;
  bool anything = false;
  {
    std::lock_guard guard(s.lock);
    if (s.sink_flushing || s.ended) return;
    anything = !s.timeline.nothing_since_end();
    s.announces_ends = true;
    s.timeline.add_end();
    s.kept.push_back({.end = end});
  }
  // First the listener: the task may report the same reply as finished at once.
  if (s.listener) s.listener->on_reply_end(end, anything);
  s.wake.notify_all();
}

bool take_caps(GstReplyGate* self, GstEvent* event) {
  State& s = *self->state;
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  GstAudioInfo info;
  if (!gst_audio_info_from_caps(&info, caps)) return false;
  std::lock_guard guard(s.lock);
  s.in_caps = gstpp::share(caps);
  s.in_info = info;
  return true;
}

bool handle_sink_event(GstReplyGate* self, GstPad* pad, gstpp::EventPtr event) {
  State& s = *self->state;
  switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_CAPS:
      return take_caps(self, event.get());
    case GST_EVENT_FLUSH_START: {
      {
        std::lock_guard guard(s.lock);
        s.sink_flushing = true;
      }
      s.space.notify_all();
      gst_reply_gate_drop(self);
      return true;
    }
    case GST_EVENT_FLUSH_STOP: {
      std::lock_guard guard(s.lock);
      s.sink_flushing = false;
      return true;
    }
    case GST_EVENT_EOS:
      gst_reply_gate_finish(self);
      return true;
    default:
      break;
  }
  if (const auto end = jackfield::parse_reply_end(event.get())) {
    end_reply(self, *end);
    return true;
  }
  // The gate has a stream of its own: stream-start, segment, gaps and the events of turns end here.
  if (GST_EVENT_IS_SERIALIZED(event.get())) return true;
  return gst_pad_event_default(pad, GST_OBJECT(self), event.release());
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, FALSE, [&]() -> gboolean {
    return handle_sink_event(GST_REPLY_GATE(parent), pad, gstpp::EventPtr{event});
  });
}

gboolean sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  // They would have to wait until the queue is empty.
  if (GST_QUERY_IS_SERIALIZED(query)) return FALSE;
  return gst_pad_query_default(pad, parent, query);
}

bool handle_src_event(GstReplyGate* self, GstPad* pad, gstpp::EventPtr event) {
  State& s = *self->state;
  if (const auto played = jackfield::parse_played(event.get())) {
    if (!GST_CLOCK_TIME_IS_VALID(played->position)) return true;
    const GstClockTime t = now(self);
    {
      std::lock_guard guard(s.lock);
      s.knows_played = true;
      if (s.flush_starting == 0 && !s.flush_due) played_until(s, played->position, t);
    }
    s.wake.notify_all();
    gst_pad_push_event(self->srcpad,
                       jackfield::make_played_out_of_band({.position = played->position}));
    return true;
  }
  if (GST_EVENT_TYPE(event.get()) == GST_EVENT_LATENCY) {
    GstClockTime latency = 0;
    gst_event_parse_latency(event.get(), &latency);
    std::lock_guard guard(s.lock);
    s.latency = latency;
  }
  return gst_pad_event_default(pad, GST_OBJECT(self), event.release());
}

gboolean src_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, FALSE, [&]() -> gboolean {
    return handle_src_event(GST_REPLY_GATE(parent), pad, gstpp::EventPtr{event});
  });
}

gboolean activate_src(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  State& s = *GST_REPLY_GATE(parent)->state;
  {
    std::lock_guard guard(s.lock);
    s.running = active;
  }
  s.wake.notify_all();
  s.space.notify_all();
  if (!active) return gst_pad_stop_task(pad);
  {
    std::lock_guard guard(s.lock);
    clear_reply(s);
    s.begun = s.sink_flushing = s.held = s.finish = s.ended = false;
    s.announces_ends = s.knows_played = s.flush_due = false;
    s.latency = s.last_arrival = s.next_poll = s.next_progress = s.covered = 0;
    s.in_caps.reset();
    s.out_caps.reset();
  }
  return gst_pad_start_task(pad, loop, parent, nullptr);
}

void finalize(GObject* object) {
  delete GST_REPLY_GATE(object)->state;
  G_OBJECT_CLASS(gst_reply_gate_parent_class)->finalize(object);
}

}  // namespace

static void gst_reply_gate_class_init(GstReplyGateClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_reply_gate_debug, "replygate", 0, "agentbrain's gate of replies");
  auto* element = GST_ELEMENT_CLASS(klass);
  G_OBJECT_CLASS(klass)->finalize = finalize;
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Reply gate", "Generic/Audio",
                                        "Keeps the agent's reply until it was heard; can pause, "
                                        "resume and drop it (private to agentbrain)",
                                        "The Jackfield authors");
}

static void gst_reply_gate_init(GstReplyGate* self) {
  self->state = new State;
  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, chain);
  gst_pad_set_event_function(self->sinkpad, sink_event);
  gst_pad_set_query_function(self->sinkpad, sink_query);
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_event_function(self->srcpad, src_event);
  gst_pad_set_activatemode_function(self->srcpad, activate_src);
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}

void gst_reply_gate_connect(GstReplyGate* self, agentbrain::ReplyGateListener* listener,
                            agentbrain::MediaTime* time) {
  self->state->listener = listener;
  self->state->time = time;
}

void gst_reply_gate_configure(GstReplyGate* self, const ReplyGateSettings& settings) {
  State& s = *self->state;
  {
    std::lock_guard guard(s.lock);
    s.settings = settings;
  }
  s.wake.notify_all();
  s.space.notify_all();
}

void gst_reply_gate_pause(GstReplyGate* self) {
  State& s = *self->state;
  guint32 seqnum = 0;
  bool flush = false;
  {
    std::lock_guard guard(s.lock);
    s.held = true;
    flush = begin_flush(self, seqnum);
  }
  if (flush) flush_line(self, seqnum);
}

void gst_reply_gate_resume(GstReplyGate* self) {
  State& s = *self->state;
  {
    std::lock_guard guard(s.lock);
    s.held = false;
    if (!s.timeline.empty()) ++s.resumes;
  }
  s.wake.notify_all();
}

void gst_reply_gate_drop(GstReplyGate* self) {
  State& s = *self->state;
  guint32 seqnum = 0;
  bool flush = false;
  {
    std::lock_guard guard(s.lock);
    flush = begin_flush(self, seqnum);
  }
  if (flush) flush_line(self, seqnum);
  {
    std::lock_guard guard(s.lock);
    clear_reply(s);
  }
  s.wake.notify_all();
  s.space.notify_all();
}

void gst_reply_gate_finish(GstReplyGate* self) {
  State& s = *self->state;
  {
    std::lock_guard guard(s.lock);
    s.finish = true;
  }
  s.wake.notify_all();
}

ReplyTimeline::Heard gst_reply_gate_heard(GstReplyGate* self) {
  State& s = *self->state;
  std::lock_guard guard(s.lock);
  return s.timeline.heard();
}

GstClockTime gst_reply_gate_reply_start(GstReplyGate* self) {
  State& s = *self->state;
  std::lock_guard guard(s.lock);
  return s.timeline.reply_start();
}

void gst_reply_gate_input_advanced(GstReplyGate* self) {
  State& s = *self->state;
  // The lock, so that the task is either before its check or waiting.
  { std::lock_guard guard(s.lock); }
  s.wake.notify_all();
}

void gst_reply_gate_add_stats(GstReplyGate* self, GstStructure* stats) {
  State& s = *self->state;
  std::lock_guard guard(s.lock);
  gst_structure_set(stats, "reply-queued", G_TYPE_UINT64, s.timeline.unheard(), "reply-queued-max",
                    G_TYPE_UINT64, s.max_queued, "reply-pushed", G_TYPE_UINT64, s.pushed,
                    "reply-flushes", G_TYPE_UINT64, s.flushes, "reply-underruns", G_TYPE_UINT64,
                    s.underruns, nullptr);
}
