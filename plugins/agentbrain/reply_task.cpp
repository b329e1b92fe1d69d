// The sending half of replygate: one step at a time, with the gate's lock let go for every push.
#include <algorithm>
#include <chrono>
#include <utility>

#include "reply_gate_state.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_reply_gate_debug);
#define GST_CAT_DEFAULT gst_reply_gate_debug

namespace agentbrain::reply {
namespace {

constexpr GstClockTime kPollPlayed = 50 * GST_MSECOND;  // asking a sink that knows
constexpr GstClockTime kProgressEvery = GST_SECOND;
constexpr GstClockTime kLeastSilence = 20 * GST_MSECOND;
constexpr int kDefaultRate = 16000;

void send_segment(GstReplyGate* self) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(self->srcpad, gst_event_new_segment(&segment));
}

// The format of the reply before its first word: what the TTS says, or would say.
gstpp::CapsPtr guess_caps(GstReplyGate* self) {
  gstpp::CapsPtr caps{gst_pad_get_current_caps(self->sinkpad)};
  if (caps) return caps;
  gstpp::CapsPtr filter = reply_caps();
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
  // First the listener: behind the end of the stream its messages might come too late.
  if (s.listener) s.listener->on_output_gone();
  gst_pad_push_event(self->srcpad, gst_event_new_eos());
}

// Downstream takes no more. The listener comes first, while it is still known what was heard.
void leave(GstReplyGate* self, Lock& lock) {
  State& s = *self->state;
  s.ended = true;  // no flush goes out from here on
  lock.unlock();
  s.space.notify_all();
  const GstClockTime position = jackfield::query_played(self->srcpad);
  if (GST_CLOCK_TIME_IS_VALID(position)) {
    lock.lock();
    s.timeline.heard_until(std::min(position, s.timeline.sent_until()));
    lock.unlock();
  }
  end_of_stream(self);
  lock.lock();
  clear_reply(s);
  lock.unlock();
}

void wait_for(State& s, Lock& lock, GstClockTime ns) {
  // A file's time is moved on by its buffers, which wake the task; the bound is for the rest.
  ns = std::clamp<GstClockTime>(ns, GST_MSECOND, 500 * GST_MSECOND);
  s.wake.wait_until(lock, std::chrono::steady_clock::now() + std::chrono::nanoseconds(ns));
}

// A copy to send, without what was heard of it before it was taken back.
gstpp::BufferPtr unheard_part(const Kept& kept, GstClockTime skip) {
  GstAudioInfo info;
  if (skip == 0 || !gst_audio_info_from_caps(&info, kept.caps.get())) {
    return gstpp::BufferPtr{gst_buffer_make_writable(gst_buffer_ref(kept.audio.get()))};
  }
  const gsize bytes = gst_util_uint64_scale_round(skip, info.rate, GST_SECOND) * info.bpf;
  return gstpp::BufferPtr{
      gst_buffer_copy_region(kept.audio.get(), GST_BUFFER_COPY_MEMORY,
                             std::min(bytes, gst_buffer_get_size(kept.audio.get())), -1)};
}

// Does anything downstream know what was heard, even if nothing was yet?
void ask_sink(GstReplyGate* self) {
  State& s = *self->state;
  gstpp::QueryPtr query{jackfield::make_played_query()};
  if (!gst_pad_peer_query(self->srcpad, query.get())) return;
  std::lock_guard guard(s.lock);
  s.knows_played = true;
}

void push_audio(GstReplyGate* self, Lock& lock, const ReplyTimeline::Item& item, GstClockTime pts,
                GstClockTime t) {
  State& s = *self->state;
  const Kept& kept = s.kept[item.id - s.first_id];
  gstpp::BufferPtr buffer = unheard_part(kept, item.skip);
  gstpp::CapsPtr caps = gstpp::share(kept.caps.get());
  GST_BUFFER_PTS(buffer.get()) = pts;
  GST_BUFFER_DTS(buffer.get()) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION(buffer.get()) = item.duration - item.skip;
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
  const bool asks = first && !s.knows_played;
  lock.unlock();

  // Before the clock takes the word of a sink that knows better.
  if (asks) ask_sink(self);
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
  lock.unlock();
  if (flow != GST_FLOW_EOS) GST_ELEMENT_FLOW_ERROR(self, flow);
  lock.lock();
  leave(self, lock);
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

// When the next piece may sound at the earliest. It goes on without a hole as long as the line has
// not run dry, which is the latency after the end of what was sent: a sink of a sound card takes
// its audio no earlier than that less its buffer.
GstClockTime earliest(const State& s, const ReplyTimeline::Item& next, GstClockTime t) {
  const GstClockTime sent = s.timeline.sent_until();
  const bool goes_on = is_live(s) && !next.first && sent > 0 && t < sent + s.latency;
  return goes_on ? std::min(sent, t) : t;
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
  if (s.gone) {
    leave(self, lock);
    return;
  }
  const GstClockTime t = now(self);
  update_heard(s, t);
  s.space.notify_all();
  if (s.closing && !s.timeline.in_flight()) {
    // Not before: a sink that ends at once, or a line behind it, would cut the last words.
    s.ended = true;
    lock.unlock();
    end_of_stream(self);
    return;
  }
  if (!s.closing && report_finished(self, lock)) return;
  end_silent_reply(s, t);

  const ReplyTimeline::Item* next = s.held ? nullptr : s.timeline.next();
  if (next && next->is_end) {
    s.timeline.sent(0);
    s.closing = s.kept[next->id - s.first_id].end.hang_up;
    const jackfield::ReplyEnd end = s.kept[next->id - s.first_id].end;
    const GstClockTime first = s.timeline.reply_start();
    const GstClockTime last = s.timeline.sent_until();
    lock.unlock();
    // Makes resamplers give out the last few milliseconds now instead of with the next reply, when
    // they would come too late to be heard, and out of order for an echo canceller's reference.
    send_segment(self);
    // Nothing can cut a goodbye any more; behind the end of the stream it would be too late to
    // tell.
    if (end.hang_up && s.listener) {
      s.listener->on_reply_finished(end, first, first == GST_CLOCK_TIME_NONE ? first : last);
    }
    return;
  }
  if (next) {
    GstClockTime pts =
        s.timeline.next_pts(std::max(earliest(s, *next, t), is_live(s) ? 0 : s.covered));
    // Behind the end of a file time goes on between two steps: that is no silence to cover again.
    if (!is_live(s) && pts < s.covered + kLeastSilence) pts = s.covered;
    if (pts <= t + s.settings.lead || unpaced(s)) {
      if (cover_silence(self, lock, pts)) return;
      const ReplyTimeline::Item item = *next;
      push_audio(self, lock, item, pts, t);
    } else {
      // Until some pieces are due: to wake for each costs more than to push it.
      wait_for(s, lock, pts - t - s.settings.lead + s.settings.lead / 4);
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

}  // namespace

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

}  // namespace agentbrain::reply
