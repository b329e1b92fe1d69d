// The sending half of openairealtime: one step at a time, with the lock let go for every push.
#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "realtime_state.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_EXTERN(openairealtime_debug);
#define GST_CAT_DEFAULT openairealtime_debug

namespace openai::realtime {
namespace {

constexpr std::size_t kPieceMs = 20;
constexpr GstClockTime kLate = 40 * GST_MSECOND;
constexpr GstClockTime kPollPlayed = 50 * GST_MSECOND;   // asking a sink that knows
constexpr GstClockTime kPlayedOverdue = 5 * GST_SECOND;  // then the clock decides
constexpr GstClockTime kKeptBack = 60 * GST_MSECOND;     // by converters and encoders

void send_segment(State& s) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(s.src, gst_event_new_segment(&segment));
  gst_pad_push_event(s.src, gst_event_new_gap(now(s), GST_CLOCK_TIME_NONE));
}

void begin(State& s, AudioFormat format) {
  gstpp::CharPtr id{gst_pad_create_stream_id(s.src, GST_ELEMENT_CAST(s.self), "reply")};
  gst_pad_push_event(s.src, gst_event_new_stream_start(id.get()));
  gst_pad_push_event(s.src, gst_event_new_caps(caps_of(format).get()));
  send_segment(s);
}

void end_flush(State& s, guint32 seqnum) {
  GstEvent* stop = gst_event_new_flush_stop(FALSE);
  gst_event_set_seqnum(stop, seqnum);
  gst_pad_push_event(s.src, stop);
  send_segment(s);
}

void wait_for(State& s, Lock& lock, GstClockTime ns) {
  ns = std::clamp<GstClockTime>(ns, GST_MSECOND, 500 * GST_MSECOND);
  s.wake.wait_until(lock, std::chrono::steady_clock::now() + std::chrono::nanoseconds(ns));
}

// The call is over; with the lock held.
void leave(State& s, Lock& lock) {
  s.ended = true;
  if (s.call) {
    Playout& playout = s.call->playout();
    lock.unlock();
    const GstClockTime position = jackfield::query_played(s.src);
    lock.lock();
    // What the call heard last is worth a line in its record.
    const GstClockTime t = now(s);
    const GstClockTime heard = GST_CLOCK_TIME_IS_VALID(position) ? position
                               : t > s.latency                   ? t - s.latency
                                                                 : 0;
    if (!playout.empty()) {
      Outcome out = s.call->interrupted(std::min<uint64_t>(heard, playout.sent_until()), t);
      // Nobody interrupted.
      std::erase_if(out.notices,
                    [](const Notice& n) { return n.kind == Notice::Kind::kInterrupted; });
      deliver(s, lock, std::move(out));
    }
  }
  lock.unlock();
  gst_pad_push_event(s.src, gst_event_new_eos());
  lock.lock();
}

void push_piece(State& s, Lock& lock, const Playout::Piece& piece, GstClockTime pts) {
  GstBuffer* buffer = gst_buffer_new_memdup(piece.audio.data(), piece.audio.size());
  const std::size_t size = piece.audio.size();
  Playout::Piece sent = piece;
  sent.audio = {};  // it does not outlast what follows
  const bool first = piece.first;
  GST_BUFFER_PTS(buffer) = pts;
  GST_BUFFER_DURATION(buffer) = size * GST_MSECOND / bytes_per_ms(*s.format);
  Playout& playout = s.call->playout();
  if (!first && !s.discont && pts > playout.sent_until()) {
    ++s.underruns;
    s.discont = true;
  }
  if (std::exchange(s.discont, false) || first)
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  // Before the push: an interruption that comes while it lasts takes it back.
  playout.sent(size, pts);
  deliver(s, lock, s.call->piece_sent(sent, now(s)));
  lock.unlock();
  const GstFlowReturn flow = gst_pad_push(s.src, buffer);
  lock.lock();
  if (flow == GST_FLOW_OK) return;
  if (flow == GST_FLOW_FLUSHING) {
    if (s.running && s.flush_starting == 0 && !s.flush_due) wait_for(s, lock, 10 * GST_MSECOND);
    return;
  }
  if (flow != GST_FLOW_EOS) {
    lock.unlock();
    GST_ELEMENT_FLOW_ERROR(s.self, flow);
    lock.lock();
  }
  leave(s, lock);
}

void end_reply(State& s, Lock& lock, const Playout::Piece& piece) {
  s.call->playout().sent(0, 0);
  const jackfield::ReplyEnd end{.turn_id = piece.turn_id, .hang_up = piece.hang_up};
  s.ended = end.hang_up;
  if (end.hang_up) {
    // The sink plays what it has, then hangs up: the last moment to report.
    s.call->playout().heard_until(kNoTime);
    deliver(s, lock, s.call->check_finished());
  }
  lock.unlock();
  gst_pad_push_event(s.src, jackfield::make_event(end));
  if (end.hang_up) gst_pad_push_event(s.src, gst_event_new_eos());
  lock.lock();
}

// What was heard, as far as is known.
void update_heard(State& s, Lock& lock, GstClockTime t) {
  Playout& playout = s.call->playout();
  if (!playout.in_flight()) return;
  GstClockTime heard = t > s.latency ? t - s.latency : 0;
  if (s.knows_played) heard = heard > kPlayedOverdue ? heard - kPlayedOverdue : 0;
  const GstClockTime end = playout.sent_until();
  if (t >= end && t >= s.next_poll) {
    s.next_poll = t + kPollPlayed;
    lock.unlock();
    GstClockTime position = jackfield::query_played(s.src);
    lock.lock();
    if (GST_CLOCK_TIME_IS_VALID(position)) {
      if (!std::exchange(s.knows_played, true)) {
        heard = heard > kPlayedOverdue ? heard - kPlayedOverdue : 0;
      }
      if (position < end && position + kKeptBack >= end) position = end;
      heard = std::max(heard, position);
    }
    if (s.flush_starting > 0 || s.flush_due) return;
  }
  playout.heard_until(heard);
}

void step(State& s, Lock& lock) {
  if (s.flush_starting > 0) {
    s.wake.wait(lock);
    return;
  }
  if (!s.begun && s.format) {
    const AudioFormat format = *s.format;
    lock.unlock();
    begin(s, format);
    lock.lock();
    s.begun = true;
    return;
  }
  if (s.flush_due) {
    s.flush_due = false;
    const guint32 seqnum = s.flush_seqnum;
    lock.unlock();
    end_flush(s, seqnum);
    lock.lock();
    return;
  }
  const bool told = !s.used.error_reply.empty() && !s.used.error_tts.empty();
  if (s.last_word && !s.ended && (audible(s) || !told)) {  // before that nobody listens
    if (!say_last_word(s, lock)) wait_for(s, lock, 20 * GST_MSECOND);
    return;
  }
  if (s.ended || (!s.begun && !s.eos_received)) {
    s.wake.wait(lock);
    return;
  }
  const GstClockTime t = now(s);
  const bool said = s.failed && !s.last_word && (!s.call || s.call->playout().empty());
  const bool idle = !s.call || s.call->idle();
  if (s.eos_received && (idle || said || t >= s.eos_deadline)) {
    leave(s, lock);
    return;
  }
  if (!audible(s) || !s.call) {
    wait_for(s, lock, 500 * GST_MSECOND);
    return;
  }
  update_heard(s, lock, t);
  if (s.flush_starting > 0 || s.flush_due || !s.running) return;
  deliver(s, lock, s.call->check_finished());
  if (s.flush_starting > 0 || s.flush_due || !s.running) return;

  Playout& playout = s.call->playout();
  if (const auto piece = playout.next(kPieceMs * bytes_per_ms(*s.format))) {
    if (piece->audio.empty()) {
      end_reply(s, lock, *piece);
      return;
    }
    // A push that returned a little late makes no hole: the sink, which may have waited for the
    // time of the piece, has not run dry yet.
    const bool goes_on =
        !piece->first && !s.discont && t < playout.sent_until() + s.latency + kLate;
    const GstClockTime pts =
        goes_on ? playout.sent_until() : std::max<GstClockTime>(t, playout.sent_until());
    if (pts <= t + s.used.lead) {
      push_piece(s, lock, *piece, pts);
    } else {
      wait_for(s, lock, pts - t - s.used.lead);
    }
    return;
  }
  if (playout.in_flight()) {
    const GstClockTime until = playout.sent_until() + (s.knows_played ? 0 : s.latency);
    wait_for(s, lock, until > t ? until - t + GST_MSECOND : kPollPlayed);
  } else {
    wait_for(s, lock, 500 * GST_MSECOND);
  }
}

}  // namespace

void loop(gpointer element) {
  auto* self = GST_OPENAI_REALTIME(element);
  State& s = state_of(self);
  const bool again = gstpp::guarded(self, false, [&] {
    Lock lock(s.lock);
    if (!s.running) return false;
    step(s, lock);
    return true;
  });
  if (!again) gst_pad_pause_task(s.src);
}

}  // namespace openai::realtime
