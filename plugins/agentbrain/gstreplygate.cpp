#include "gstreplygate.hpp"

#include <gst/audio/audio.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include "pad_task.hpp"
#include "reply_gate_state.hpp"

// Not static: the task logs under the same name.
GST_DEBUG_CATEGORY(gst_reply_gate_debug);
#define GST_CAT_DEFAULT gst_reply_gate_debug

using agentbrain::ReplyGateSettings;
using agentbrain::ReplyTimeline;

using namespace agentbrain::reply;

G_DEFINE_FINAL_TYPE(GstReplyGate, gst_reply_gate, GST_TYPE_ELEMENT)

namespace {

constexpr GstClockTime kPiece = 20 * GST_MSECOND;        // what is pushed at once
constexpr GstClockTime kPlayedOverdue = 5 * GST_SECOND;  // then the clock decides
constexpr GstClockTime kKeptBack = 60 * GST_MSECOND;     // by converters and encoders

#define REPLY_CAPS                                                  \
  "audio/x-raw, format=(string)S16LE, layout=(string)interleaved, " \
  "rate=(int)[8000, 48000], channels=(int)1"
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(REPLY_CAPS));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(REPLY_CAPS));

}  // namespace

namespace agentbrain::reply {

gstpp::CapsPtr reply_caps() {
  return gstpp::CapsPtr{gst_static_pad_template_get_caps(&sink_template)};
}

GstClockTime now(GstReplyGate* self) {
  const State& s = *self->state;
  if (s.time) return s.time->now(GST_ELEMENT(self));
  const GstClockTime t = gstpp::running_time(GST_ELEMENT(self));
  return GST_CLOCK_TIME_IS_VALID(t) ? t : 0;
}

bool is_live(const State& s) { return !s.time || s.time->live(); }
bool unpaced(const State& s) { return s.time && !s.time->live() && s.time->ended(); }

void forget_heard(State& s) {
  while (!s.kept.empty() && s.first_id < s.timeline.first_kept()) {
    s.kept.pop_front();
    ++s.first_id;
  }
}

void clear_reply(State& s) {
  s.timeline.clear();
  s.given.clear();
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
// What the sink says was heard. Converters and encoders keep the last few milliseconds back until
// more comes, so the end of a reply never quite arrives: once it is due, nearly all of it is all.
void played_until(State& s, GstClockTime position, GstClockTime t) {
  const GstClockTime end = s.timeline.sent_until();
  if (t >= end && position < end && position + kKeptBack >= end) position = end;
  s.timeline.heard_until(position);
}

}  // namespace agentbrain::reply

namespace {

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
  if (!s.running || !s.begun || over(s) || s.flush_starting > 0 || s.flush_due ||
      !s.timeline.in_flight()) {
    return false;
  }
  ++s.flush_starting;
  s.flush_seqnum = seqnum = gst_util_seqnum_next();
  return true;
}
// Tells the timeline what begins in an arriving buffer. With the lock held.
void mark(State& s, GstBuffer* buffer) {
  const GstClockTime base = s.timeline.end();
  const auto sentence = jackfield::get_sentence(buffer);
  const auto words = jackfield::get_words(buffer);
  if (sentence) s.timeline.add_text(sentence->text, base, sentence->offset);
  for (const jackfield::Word& word : words) {
    s.timeline.add_word(word.text, base, word.offset, word.duration);
  }
  if (sentence || !words.empty()) {
    s.given.clear();
  } else if (!s.given.empty() && s.giver == std::this_thread::get_id()) {
    // The thread that brought the text to the stage brings audio before it comes back with more.
    s.timeline.add_text(std::exchange(s.given, {}), base, 0);
  }
}

// Root mean square, 0 to 1.
float level_of(std::span<const gint16> samples) {
  if (samples.empty()) return 0;
  double sum = 0;
  for (const gint16 v : samples) sum += static_cast<double>(v) * v;
  return static_cast<float>(std::sqrt(sum / static_cast<double>(samples.size())) / 32768);
}

// Adds one arriving buffer in pieces. With the lock held.
void keep(State& s, GstBuffer* buffer) {
  const int bpf = GST_AUDIO_INFO_BPF(&s.in_info);
  const int rate = GST_AUDIO_INFO_RATE(&s.in_info);
  const gsize frames = gst_buffer_get_size(buffer) / bpf;
  const gsize piece = std::max<gsize>(1, gst_util_uint64_scale(kPiece, rate, GST_SECOND));
  mark(s, buffer);
  gstpp::MappedBuffer map{buffer, GST_MAP_READ};
  const auto samples = map.as<const gint16>();
  for (gsize at = 0; at < frames; at += piece) {
    const gsize n = std::min(piece, frames - at);
    // From the frame count on, so that odd sizes add up.
    const GstClockTime from = gst_util_uint64_scale(at, GST_SECOND, rate);
    const GstClockTime to = gst_util_uint64_scale(at + n, GST_SECOND, rate);
    gstpp::BufferPtr part{
        n == frames ? gst_buffer_ref(buffer)
                    : gst_buffer_copy_region(buffer, GST_BUFFER_COPY_MEMORY, at * bpf, n * bpf)};
    s.timeline.add_audio(to - from, map ? level_of(samples.subspan(at, n)) : 1);
    s.kept.push_back({.audio = std::move(part), .caps = gstpp::share(s.in_caps.get())});
  }
  s.max_queued = std::max(s.max_queued, s.timeline.unheard());
}

// Waits for room. FLUSHING and EOS end the wait.
GstFlowReturn wait_for_room(State& s, Lock& lock) {
  s.space.wait(lock, [&] {
    return !s.running || s.sink_flushing || over(s) || s.timeline.unheard() < s.settings.max_queued;
  });
  if (!s.running || s.sink_flushing) return GST_FLOW_FLUSHING;
  return over(s) ? GST_FLOW_EOS : GST_FLOW_OK;
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
    if (s.sink_flushing || over(s)) return;
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
    bool discarded = false;
    {
      std::lock_guard guard(s.lock);
      s.knows_played = true;
      if (s.flush_starting == 0 && !s.flush_due) {
        played_until(s, played->position, t);
        // Of a flush of ours recorders know, and nothing is in flight behind it. What a sink drops
        // by itself it drops because the call is over.
        discarded = played->discarded && s.timeline.in_flight();
        s.gone = s.gone || discarded;
      }
    }
    s.wake.notify_all();
    gst_pad_push_event(self->srcpad, jackfield::make_played_out_of_band(
                                         {.position = played->position, .discarded = discarded}));
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
  return agentbrain::activate_pad_task(pad, active, s, loop, parent, [&](bool starts) {
    s.space.notify_all();
    if (!starts) return;
    clear_reply(s);
    s.begun = s.sink_flushing = s.held = s.finish = s.gone = s.closing = s.ended = false;
    s.announces_ends = s.knows_played = s.flush_due = false;
    s.latency = s.last_arrival = s.next_poll = s.next_progress = s.covered = 0;
    s.in_caps.reset();
    s.out_caps.reset();
  });
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
    s.held = !s.closing;
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
    if (!s.closing) clear_reply(s);
  }
  s.wake.notify_all();
  s.space.notify_all();
}

void gst_reply_gate_expect(GstReplyGate* self, const std::string& text) {
  State& s = *self->state;
  std::lock_guard guard(s.lock);
  s.given = text;
  s.giver = std::this_thread::get_id();
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
