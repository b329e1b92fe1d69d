// Threads: each pad's streaming thread copies its samples into the timeline, under a lock that is
// held for a few microseconds, and returns. One writer thread wakes every 200 ms, takes what is
// final and pushes it: encoding and file I/O happen there and delay nobody. Times are read and
// buffers pushed outside the lock. Upstream that is not live may be faster than the disk; there
// (and only there) the chain waits for room, so VoiceNeverBlocks is then not answered.
//
// Lock order: none is taken while another is held, except the OBJECT_LOCK inside short GStreamer
// calls, never under state->lock.

#include "gstcalltimeline.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "blocking_query.hpp"
#include "call_timeline_state.hpp"
#include "gstpp.hpp"
#include "timeline_writer.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_EXTERN(callrecorder_debug);
#define GST_CAT_DEFAULT callrecorder_debug

using callrecorder::AudioInput;
using callrecorder::Side;
using callrecorder::SideState;
using callrecorder::StereoTimeline;
using callrecorder::Time;
using callrecorder::timeline_now;
using State = callrecorder::TimelineState;

namespace {

// Upstream latency makes audio arrive later; the hold grows with it up to this.
constexpr GstClockTime kMaxExtraHold = 4 * GST_SECOND;
constexpr std::array<int, 5> kOpusRates = {8000, 12000, 16000, 24000, 48000};

GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format=S16LE, layout=interleaved, channels=[1, 2], rate=[1, MAX]"));

constexpr const char* kSideNames[] = {"caller", "agent"};
constexpr const char* kMixName = "mix";

}  // namespace

struct _GstCallTimeline {
  GstElement parent;
  callrecorder::TimelineState* state;
};

G_DEFINE_FINAL_TYPE(GstCallTimeline, gst_call_timeline, GST_TYPE_ELEMENT)

namespace {

Side side_of(GstPad* pad) {
  return static_cast<Side>(GPOINTER_TO_INT(gst_pad_get_element_private(pad)));
}

void set_rate(State& state, int first_rate) {
  if (state.rate != 0) return;
  int rate = state.settings.rate > 0 ? state.settings.rate : first_rate;
  if (state.settings.opus_rates) {
    const auto fits =
        std::find_if(kOpusRates.begin(), kOpusRates.end(), [&](int r) { return r >= rate; });
    rate = fits != kOpusRates.end() ? *fits : kOpusRates.back();
  }
  state.rate = rate;
}

// Under the lock.
StereoTimeline& timeline_of(State& state) {
  if (!state.timeline) {
    StereoTimeline::Config config;
    const auto extra = static_cast<Time>(std::min(state.latency, kMaxExtraHold));
    config.rate = state.rate;
    config.hold = static_cast<Time>(state.settings.hold) + extra;
    config.unconfirmed_hold = std::max(config.hold * 2, config.unconfirmed_hold + extra);
    config.jitter_tolerance = static_cast<Time>(state.settings.jitter_tolerance);
    state.timeline.emplace(config);
    for (size_t i = 0; i < callrecorder::kSides; ++i) {
      state.timeline->set_active(static_cast<Side>(i), state.sides[i].pad && !state.sides[i].eos);
    }
  }
  return *state.timeline;
}

// Asks once per stream: a pad whose upstream does not answer counts as live, which never blocks.
void ask_upstream(GstCallTimeline* self, GstPad* pad, SideState& side) {
  gstpp::QueryPtr query{gst_query_new_latency()};
  gboolean live = TRUE;
  GstClockTime latency = 0;
  if (gst_pad_peer_query(pad, query.get())) {
    gst_query_parse_latency(query.get(), &live, &latency, nullptr);
    if (latency == GST_CLOCK_TIME_NONE) latency = 0;
  }
  side.announced = true;
  gstpp::ClockPtr clock{gst_element_get_clock(GST_ELEMENT(self))};
  State& state = *self->state;
  std::lock_guard guard(state.lock);
  state.live = state.live || (live && clock);
  if (live) state.latency = std::max(state.latency, latency);
}

// Not live: waits until the samples fit. False: flushed or stopped meanwhile.
bool wait_for_room(State& state, std::unique_lock<std::mutex>& lock, SideState& side, Side which,
                   std::optional<Time> time, size_t samples) {
  while (!state.live && !timeline_of(state).has_room(which, time, samples)) {
    if (side.flushing || state.stopping || state.finished) return false;
    state.wake = true;
    state.writer_wakes.notify_one();
    state.room_made.wait(lock);
  }
  return !side.flushing;
}

void store(GstCallTimeline* self, Side which, std::optional<Time> time,
           std::span<const int16_t> samples) {
  State& state = *self->state;
  const std::optional<Time> now = callrecorder::running_time_of(GST_ELEMENT(self), *self->state);
  const int rate = state.sides[index_of(which)].input.output_rate();
  // Pieces, so that one long buffer is never larger than the ring and the lock is held briefly.
  const auto piece = static_cast<size_t>(rate / 10);
  for (size_t at = 0; at < samples.size(); at += piece) {
    const auto part = samples.subspan(at, std::min(piece, samples.size() - at));
    std::optional<Time> part_time;
    if (time) part_time = *time + callrecorder::time_of(static_cast<int64_t>(at), rate);
    std::unique_lock lock(state.lock);
    if (state.finished || state.stopping) return;
    SideState& side = state.sides[index_of(which)];
    if (!wait_for_room(state, lock, side, which, part_time, part.size())) return;
    timeline_of(state).push(which, part_time, part, timeline_now(state, now));
  }
}

GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* raw) {
  auto* self = GST_CALL_TIMELINE(parent);
  gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] {
    State& state = *self->state;
    const Side which = side_of(pad);
    SideState& side = state.sides[index_of(which)];
    if (!side.input.ready()) return GST_FLOW_NOT_NEGOTIATED;
    if (!side.announced) ask_upstream(self, pad, side);

    std::optional<Time> time;
    if (GST_BUFFER_PTS_IS_VALID(buffer.get()) && side.segment.format == GST_FORMAT_TIME) {
      guint64 running = 0;
      const gint sign = gst_segment_to_running_time_full(&side.segment, GST_FORMAT_TIME,
                                                         GST_BUFFER_PTS(buffer.get()), &running);
      if (sign == 0 || running > G_MAXINT64 / 2) return GST_FLOW_OK;  // outside its segment
      time = sign * static_cast<Time>(running);
    }
    const auto tolerance = static_cast<Time>(state.settings.jitter_tolerance);
    if (time && side.next_time && std::abs(*time - *side.next_time) > tolerance) {
      const AudioInput::Block rest = side.input.drain();
      store(self, which, *side.next_time - rest.delay, rest.samples);
    }
    const Time length = callrecorder::time_of(
        static_cast<int64_t>(side.input.frames_in(buffer.get())), side.input.rate());
    const AudioInput::Block block = side.input.convert(buffer.get());
    if (time) side.next_time = *time + length;
    store(self, which, time ? std::optional<Time>{*time - block.delay} : std::nullopt,
          block.samples);
    return GST_FLOW_OK;
  });
}

bool set_caps(GstCallTimeline* self, GstPad* pad, GstEvent* event) {
  State& state = *self->state;
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  SideState& side = state.sides[index_of(side_of(pad))];
  if (!side.input.set_caps(caps)) {
    GST_WARNING_OBJECT(pad, "cannot record %" GST_PTR_FORMAT, caps);
    return false;
  }
  int rate = 0;
  {
    std::lock_guard guard(state.lock);
    set_rate(state, side.input.rate());
    rate = state.rate;
  }
  side.input.set_output_rate(rate);
  return side.input.ready();
}

void end_of_stream(GstCallTimeline* self, GstPad* pad, GstEvent* event) {
  State& state = *self->state;
  const Side which = side_of(pad);
  SideState& side = state.sides[index_of(which)];
  if (side.input.ready() && side.next_time) {
    const AudioInput::Block rest = side.input.drain();
    store(self, which, *side.next_time - rest.delay, rest.samples);
  }
  std::lock_guard guard(state.lock);
  side.eos = true;
  if (state.timeline) state.timeline->set_active(which, false);
  state.eos_seqnum = gst_event_get_seqnum(event);
  state.wake = true;
  state.writer_wakes.notify_one();
}

void announced_gap(GstCallTimeline* self, GstPad* pad, GstEvent* event) {
  State& state = *self->state;
  const Side which = side_of(pad);
  SideState& side = state.sides[index_of(which)];
  GstClockTime at = GST_CLOCK_TIME_NONE;
  GstClockTime duration = GST_CLOCK_TIME_NONE;
  gst_event_parse_gap(event, &at, &duration);
  if (duration == GST_CLOCK_TIME_NONE || side.segment.format != GST_FORMAT_TIME) return;
  const guint64 running = gst_segment_to_running_time(&side.segment, GST_FORMAT_TIME, at);
  if (running > G_MAXINT64 / 2 || duration > G_MAXINT64 / 2 || !side.input.ready()) return;
  std::lock_guard guard(state.lock);
  if (state.rate == 0 || state.finished) return;
  timeline_of(state).gap(which, static_cast<Time>(running), static_cast<Time>(duration));
}

// Flushes are not obeyed (a flush that reached a file would truncate it); on the agent's side they
// say that what was pushed will not be heard.
void flush(GstCallTimeline* self, Side which, bool start) {
  State& state = *self->state;
  const std::optional<Time> now = callrecorder::running_time_of(GST_ELEMENT(self), *self->state);
  std::lock_guard guard(state.lock);
  state.sides[index_of(which)].flushing = start;
  state.room_made.notify_all();
  if (!start) {
    // FLUSH_STOP comes under the stream lock: the streaming thread's part may be touched.
    SideState& side = state.sides[index_of(which)];
    side.eos = false;  // a flush takes EOS back
    side.input.drain();
    side.next_time.reset();
  }
  if (!state.timeline) return;
  if (!start) state.timeline->set_active(which, true);
  if (which != Side::kAgent) return;
  if (start) {
    state.timeline->flush_started(timeline_now(state, now));
  } else {
    state.timeline->flush_stopped();
  }
}

void played(GstCallTimeline* self, const jackfield::Played& event) {
  if (event.position > G_MAXINT64 / 2) return;
  State& state = *self->state;
  const std::optional<Time> now = callrecorder::running_time_of(GST_ELEMENT(self), *self->state);
  std::lock_guard guard(state.lock);
  if (!state.timeline) return;
  state.timeline->played(static_cast<Time>(event.position), event.discarded,
                         timeline_now(state, now));
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  auto* self = GST_CALL_TIMELINE(parent);
  gstpp::EventPtr event{raw};
  return gstpp::guarded(self, FALSE, [&]() -> gboolean {
    SideState& side = self->state->sides[index_of(side_of(pad))];
    switch (GST_EVENT_TYPE(event.get())) {
      case GST_EVENT_CAPS:
        return set_caps(self, pad, event.get());
      case GST_EVENT_SEGMENT:
        gst_event_copy_segment(event.get(), &side.segment);
        break;
      case GST_EVENT_STREAM_START: {
        side.announced = false;
        std::lock_guard guard(self->state->lock);
        side.eos = false;
        if (self->state->timeline) self->state->timeline->set_active(side_of(pad), true);
        break;
      }
      case GST_EVENT_GAP:
        announced_gap(self, pad, event.get());
        break;
      case GST_EVENT_EOS:
        end_of_stream(self, pad, event.get());
        break;
      case GST_EVENT_FLUSH_START:
        flush(self, side_of(pad), true);
        break;
      case GST_EVENT_FLUSH_STOP:
        flush(self, side_of(pad), false);
        break;
      default:
        if (side_of(pad) == Side::kAgent) {
          if (const auto p = jackfield::parse_played(event.get())) played(self, *p);
        }
        break;
    }
    return TRUE;  // nothing is passed on: the file has a stream of its own
  });
}

gboolean sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  auto* self = GST_CALL_TIMELINE(parent);
  bool may_block = false;
  {
    std::lock_guard guard(self->state->lock);
    may_block = self->state->timeline && !self->state->live;
  }
  if (!may_block && jackfield::answer_never_blocks(query, GST_ELEMENT(self))) return TRUE;
  return gst_pad_query_default(pad, parent, query);
}

gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
    // What lies behind (an encoder) must not add to the latency of the call.
    gst_query_set_latency(query, FALSE, 0, GST_CLOCK_TIME_NONE);
    return TRUE;
  }
  return gst_pad_query_default(pad, parent, query);
}

// ---- states and pads ----

gpointer writer_main(gpointer data) {
  auto* self = GST_CALL_TIMELINE(data);
  gstpp::guarded(self, 0, [&] {
    callrecorder::TimelineWriter{GST_ELEMENT(self), *self->state}.run();
    return 0;
  });
  std::lock_guard guard(self->state->lock);
  self->state->finished = true;
  self->state->room_made.notify_all();
  return nullptr;
}

bool start_writer(GstCallTimeline* self) {
  State& state = *self->state;
  {
    std::lock_guard guard(state.lock);
    state.stopping = false;
    state.finished = false;
    state.wake = false;
  }
  gstpp::ErrorPtr error;
  state.writer = g_thread_try_new("callrecorder", writer_main, self, gstpp::OutPtr{error});
  if (state.writer) return true;
  GST_ELEMENT_ERROR(state.reporter, RESOURCE, FAILED,
                    ("The call cannot be recorded: no thread for it: %s.", error->message),
                    (nullptr));
  return false;
}

void forget_stream(State& state) {
  std::lock_guard guard(state.lock);
  state.timeline.reset();
  state.rate = 0;
  state.live = false;
  state.latency = 0;
  state.recorded = 0;
  state.eos_seqnum = GST_SEQNUM_INVALID;
  for (SideState& side : state.sides) {
    side.input = AudioInput{};
    side.announced = false;
    side.next_time.reset();
    side.eos = false;
    side.flushing = false;
    gst_segment_init(&side.segment, GST_FORMAT_UNDEFINED);
  }
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  auto* self = GST_CALL_TIMELINE(element);
  State& state = *self->state;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    forget_stream(state);
    state.paused_at = 0;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) {
    state.playing = true;
  } else if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) {
    const GstClockTime now = gstpp::running_time(element);
    if (now != GST_CLOCK_TIME_NONE) state.paused_at = now;
    state.playing = false;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    gst_call_timeline_finish(self);
  }
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_call_timeline_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result != GST_STATE_CHANGE_FAILURE &&
      !start_writer(self)) {
    return GST_STATE_CHANGE_FAILURE;
  }
  return result;
}

GstPad* request_new_pad(GstElement* element, GstPadTemplate* pad_template, const gchar*,
                        const GstCaps*) {
  auto* self = GST_CALL_TIMELINE(element);
  State& state = *self->state;
  const gchar* name = GST_PAD_TEMPLATE_NAME_TEMPLATE(pad_template);
  const bool mix = g_strcmp0(name, kMixName) == 0;
  const bool agent = g_strcmp0(name, kSideNames[index_of(Side::kAgent)]) == 0;
  const Side which = agent ? Side::kAgent : Side::kCaller;
  GstPad* pad = gst_pad_new_from_template(pad_template, name);
  gst_pad_set_element_private(pad, GINT_TO_POINTER(static_cast<int>(which)));
  gst_pad_set_chain_function(pad, chain);
  gst_pad_set_event_function(pad, sink_event);
  gst_pad_set_query_function(pad, sink_query);
  {
    std::lock_guard guard(state.lock);
    SideState& side = state.sides[index_of(which)];
    if (side.pad) {
      gst_object_unref(gst_object_ref_sink(pad));
      return nullptr;
    }
    side.pad = pad;
    side.eos = false;
    state.mono = mix;
    if (state.timeline) state.timeline->set_active(which, true);
  }
  if (GST_STATE(element) > GST_STATE_READY) gst_pad_set_active(pad, TRUE);
  gst_element_add_pad(element, pad);
  return pad;
}

void release_pad(GstElement* element, GstPad* pad) {
  auto* self = GST_CALL_TIMELINE(element);
  State& state = *self->state;
  const Side which = side_of(pad);
  SideState& side = state.sides[index_of(which)];
  {
    std::lock_guard guard(state.lock);
    side.flushing = true;
    state.room_made.notify_all();
  }
  gst_pad_set_active(pad, FALSE);  // no streaming thread is in the chain any more
  {
    std::lock_guard guard(state.lock);
    side.pad = nullptr;
    side.flushing = false;
    side.next_time.reset();
    side.announced = false;
    side.input = AudioInput{};
    if (state.timeline) state.timeline->set_active(which, false);
    state.wake = true;
    state.writer_wakes.notify_one();
  }
  gst_element_remove_pad(element, pad);
}

void finalize(GObject* object) {
  delete GST_CALL_TIMELINE(object)->state;
  G_OBJECT_CLASS(gst_call_timeline_parent_class)->finalize(object);
}

}  // namespace

static void gst_call_timeline_class_init(GstCallTimelineClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = finalize;
  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = change_state;
  element_class->request_new_pad = request_new_pad;
  element_class->release_pad = release_pad;
  gst_element_class_set_static_metadata(element_class, "Call timeline", "Generic/Audio",
                                        "Puts both sides of a call in step (private element)",
                                        "Jackfield");
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_add_static_pad_template(element_class, &gst_call_recorder_caller_template);
  gst_element_class_add_static_pad_template(element_class, &gst_call_recorder_agent_template);
  gst_element_class_add_static_pad_template(element_class, &gst_call_recorder_mix_template);
}

static void gst_call_timeline_init(GstCallTimeline* self) {
  self->state = new State;
  State& state = *self->state;
  state.src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(state.src, src_query);
  gst_element_add_pad(GST_ELEMENT(self), state.src);
  forget_stream(state);
}

void gst_call_timeline_configure(GstCallTimeline* self, const GstCallTimelineSettings& settings,
                                 GstElement* reporter) {
  self->state->settings = settings;
  self->state->reporter = reporter;
}

void gst_call_timeline_set_waiting(GstCallTimeline* self, bool waiting) {
  State& state = *self->state;
  std::lock_guard guard(state.lock);
  state.waiting = waiting;
}

void gst_call_timeline_finish(GstCallTimeline* self) {
  State& state = *self->state;
  {
    std::lock_guard guard(state.lock);
    state.stopping = true;
    state.writer_wakes.notify_one();
    state.room_made.notify_all();
  }
  if (GThread* writer = std::exchange(state.writer, nullptr)) g_thread_join(writer);
}

GstCallTimelineStats gst_call_timeline_stats(GstCallTimeline* self) {
  State& state = *self->state;
  std::lock_guard guard(state.lock);
  GstCallTimelineStats stats;
  stats.recorded = state.recorded;
  stats.rate = state.rate;
  if (!state.timeline) return stats;
  if (const auto start = state.timeline->start(); start && *start >= 0) {
    stats.start = static_cast<GstClockTime>(*start);
  }
  const StereoTimeline::Counters& counters = state.timeline->counters();
  stats.late = counters.late;
  stats.overrun = counters.overrun;
  stats.discarded = counters.discarded;
  stats.unconfirmed = counters.unconfirmed;
  stats.corrected = counters.corrected;
  stats.gaps = counters.gaps;
  return stats;
}
