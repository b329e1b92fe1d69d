#include "call.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "base64.hpp"
#include "message_writer.hpp"

namespace twilio {
namespace {

using jackfield::kCloseNormal;
using jackfield::kClosePolicyViolation;
using jackfield::kCloseProtocolError;
using jackfield::kCloseUnsupportedData;

constexpr uint64_t kMaxQueueNs = 1000 * kMillisecondNs;
// What hanging up waits for beyond the audio itself: the last mark on its way back.
constexpr uint64_t kHangUpSlackNs = 5'000 * kMillisecondNs;
// How long the peer may take to answer our close.
constexpr uint64_t kCloseTimeoutNs = 2'000 * kMillisecondNs;
// Reads of one round; what is left is read in the next, after the other calls had their turn.
constexpr int kMaxReads = 4;
constexpr size_t kReadSize = 16 * 1024;

// The call whose round the current thread is in: its own pushes need no wake-up.
thread_local const Call* running = nullptr;

// What a round needs only while it lasts. One set for each thread stays in the processor's cache;
// one for each call would be cold every time.
struct Scratch {
  std::vector<uint8_t> payload;
  std::vector<uint8_t> mixed;
  std::string text;
  std::vector<uint8_t> frames;  // made in this round, to be sent at its end
};
thread_local Scratch scratch;

size_t queue_bytes(uint64_t ns) {
  return static_cast<size_t>(std::max<uint64_t>(ns / kSampleNs, kFrameBytes));
}

}  // namespace

Call::Call(const CallSettings& settings)
    : settings_(settings),
      framing_(static_cast<WebSocketFraming::Listener&>(*this)),
      protocol_(settings.max_errors),
      clock_({.inactivity_timeout_ns = settings.inactivity_timeout_ns}),
      pacer_({.max_bytes = queue_bytes(kMaxQueueNs)}),
      max_queue_bytes_(queue_bytes(kMaxQueueNs)) {}

bool Call::connect(GIOStream* connection, GError** error) {
  {
    std::lock_guard guard(mutex_);
    out_ = std::make_unique<WriteQueue>(WriteQueue::Config{.max_age_ns = write_timeout_ns_});
  }
  auto handle = jackfield::io_attach(connection, shared_from_this(), error);
  if (!handle) return false;
  {
    std::lock_guard guard(mutex_);
    handle_ = handle;
  }
  // What was asked for before there was a handle.
  handle->wake();
  return true;
}

void Call::set_source(std::shared_ptr<CallSource> source) {
  std::shared_ptr<CallSource> before;  // freed without the lock
  std::lock_guard guard(mutex_);
  before = std::exchange(source_, std::move(source));
}

void Call::set_sink(std::shared_ptr<CallSink> sink) {
  std::shared_ptr<CallSink> before;
  std::lock_guard guard(mutex_);
  before = std::exchange(sink_, std::move(sink));
}

void Call::wake() {
  std::shared_ptr<jackfield::IoHandle> handle;
  {
    std::lock_guard guard(mutex_);
    handle = handle_;
  }
  if (handle) handle->wake();
}

void Call::wake_for_queue(std::unique_lock<std::mutex>& lock) {
  if (!idle_ || running == this) return;
  idle_ = false;
  const auto handle = handle_;
  lock.unlock();
  if (handle) handle->wake();
  lock.lock();
}

Call::Taken Call::enqueue(std::span<const uint8_t> mulaw, uint64_t pts_ns) {
  const bool may_wait = !jackfield::on_io_thread();
  std::unique_lock lock(mutex_);
  for (;;) {
    if (ended_) return Taken::kEnded;
    if (flushing_ || released_) return Taken::kFlushing;
    const size_t taken = pacer_.push(mulaw, pts_ns, jackfield::io_now_ns());
    if (taken > 0) {
      mulaw = mulaw.subspan(taken);
      if (pts_ns != kNever) pts_ns += taken * kSampleNs;
      wake_for_queue(lock);
    }
    if (mulaw.empty()) return Taken::kAll;
    if (!may_wait) {
      dropped_bytes_ += mulaw.size();
      return Taken::kDropped;
    }
    // The wake-up above let go of the lock.
    if (ended_ || flushing_ || released_ || pacer_.room() > 0) continue;
    ++waiting_;
    pacer_.pusher_waits();
    room_.wait(lock);
    --waiting_;
  }
}

void Call::end_reply() {
  std::unique_lock lock(mutex_);
  pacer_.end_reply();
  idle_ = true;  // a mark may be due although no audio waits
  wake_for_queue(lock);
}

void Call::flush_start() {
  {
    std::lock_guard guard(mutex_);
    flushing_ = true;
    hang_up_ = false;
    hang_up_deadline_ns_ = kNever;
    pacer_.clear(jackfield::io_now_ns());
    room_.notify_all();
  }
  if (running != this) wake();
}

void Call::flush_stop() {
  std::lock_guard guard(mutex_);
  flushing_ = false;
}

void Call::release_pushers() {
  std::lock_guard guard(mutex_);
  released_ = true;
  room_.notify_all();
}

void Call::hang_up_when_played() {
  {
    std::lock_guard guard(mutex_);
    pacer_.end_reply();
    hang_up_ = true;
    hang_up_deadline_ns_ = kNever;  // counted from the next round of a connected call
  }
  if (running != this) wake();
}

void Call::shut_down() {
  {
    std::lock_guard guard(mutex_);
    shut_down_ = true;
    released_ = true;
    room_.notify_all();
  }
  wake();
}

bool Call::press_key(int number, int volume) {
  {
    std::lock_guard guard(mutex_);
    if (ended_ || !tones_.press(number, volume)) return false;
  }
  if (running != this) wake();
  return true;
}

void Call::release_key() {
  std::lock_guard guard(mutex_);
  tones_.release();
}

void Call::set_max_lead(uint64_t ns) {
  std::lock_guard guard(mutex_);
  pacer_.set_max_lead(ns);
}

void Call::set_mark_interval(uint64_t ns) {
  std::lock_guard guard(mutex_);
  pacer_.set_mark_interval(ns);
}

void Call::set_max_queue(uint64_t ns) {
  std::lock_guard guard(mutex_);
  max_queue_bytes_ = queue_bytes(ns);
  pacer_.set_max_bytes(max_queue_bytes_);
}

void Call::set_write_timeout(uint64_t ns) {
  std::lock_guard guard(mutex_);
  write_timeout_ns_ = ns;
}

uint64_t Call::played_pts() const {
  std::lock_guard guard(mutex_);
  return pacer_.played_pts(jackfield::io_now_ns());
}

std::string Call::stream_sid() const {
  std::lock_guard guard(mutex_);
  return stream_sid_;
}

bool Call::ended() const {
  std::lock_guard guard(mutex_);
  return ended_;
}

CallStats Call::stats() const {
  std::lock_guard guard(mutex_);
  CallStats stats = published_;
  stats.out = pacer_.stats();
  stats.queued_bytes = pacer_.queued();
  stats.dropped_bytes = dropped_bytes_;
  stats.generation = pacer_.generation();
  stats.played_pts = pacer_.played_pts(jackfield::io_now_ns());
  return stats;
}

// From here on: the I/O thread.

jackfield::IoWish Call::run(jackfield::IoChannel& channel, jackfield::IoReady ready,
                            uint64_t now_ns) noexcept {
  jackfield::IoWish wish;
  running = this;
  try {
    now_ns_ = now_ns;
    scratch.frames.clear();
    {
      std::lock_guard guard(mutex_);
      source_now_ = source_;
      sink_now_ = sink_;
      if (shut_down_) end("hang-up", kCloseNormal);
    }
    if (connected_ns_ == 0) connected_ns_ = now_ns;
    round(channel, ready);
    const uint64_t queue_deadline = pump();
    flush_out(channel);
    publish();  // before the end is told, whose message carries the statistics
    report_end();

    wish.write = !out_->empty();
    wish.finished =
        connection_lost_ || (state_ != State::kOpen &&
                             ((peer_closed_ && out_->empty()) || now_ns >= close_deadline_ns_));
    wish.deadline_ns = std::min({queue_deadline, out_->deadline(), close_deadline_ns_});
    if (state_ == State::kOpen) {
      wish.deadline_ns = std::min(wish.deadline_ns, clock_.deadline());
      if (settings_.dead_timeout_ns > 0) {
        const uint64_t last = std::max(connected_ns_, clock_.last_media_ns());
        wish.deadline_ns = std::min(wish.deadline_ns, last + settings_.dead_timeout_ns);
      }
    }
  } catch (const std::exception&) {
    // Out of memory: this call ends, the others live on.
    std::lock_guard guard(mutex_);
    ended_ = true;
    room_.notify_all();
    wish.finished = true;
  }
  if (wish.finished) state_ = State::kDone;
  source_now_.reset();
  sink_now_.reset();
  running = nullptr;
  return wish;
}

void Call::round(jackfield::IoChannel& channel, jackfield::IoReady ready) {
  if (ready.readable) receive(channel);
  if (state_ == State::kOpen) check_times();
}

void Call::receive(jackfield::IoChannel& channel) {
  uint8_t buffer[kReadSize];
  for (int i = 0; i < kMaxReads && !connection_lost_ && !peer_closed_; ++i) {
    const std::ptrdiff_t size = channel.read(buffer);
    if (size == jackfield::IoChannel::kNothingNow) return;
    if (size <= 0) {
      connection_lost_ = true;
      end("closed", 0);
      return;
    }
    const auto bytes = static_cast<size_t>(size);
    counted_.received_bytes += bytes;
    if (!framing_.feed({buffer, bytes})) {
      end("protocol-error", kCloseProtocolError);
      // No closing handshake with somebody who cannot frame.
      peer_closed_ = true;
      return;
    }
    // A short read emptied the socket, most likely; asking again would cost a system call.
    if (bytes < kReadSize) return;
  }
}

void Call::on_text(std::string_view text) {
  if (state_ != State::kOpen) return;
  ++counted_.messages;
  switch (protocol_.on_text(text)) {
    case CallProtocol::Verdict::kOffence:
      check_offences();
      return;
    case CallProtocol::Verdict::kUnsupported:
      end("protocol-error", kCloseUnsupportedData);
      return;
    case CallProtocol::Verdict::kIgnore:
      return;
    case CallProtocol::Verdict::kAccept:
      break;
  }
  const Message& message = protocol_.message();
  switch (message.kind) {
    case EventKind::kMedia:
      on_media(message);
      break;
    case EventKind::kMark:
      on_mark(message);
      break;
    case EventKind::kDtmf:
      if (source_now_) source_now_->on_digit(message.digit);
      break;
    case EventKind::kStart: {
      started_ns_ = now_ns_;
      clock_.begin(now_ns_);
      {
        std::lock_guard guard(mutex_);
        pacer_.open(now_ns_);
        stream_sid_ = protocol_.start().stream_sid;
        media_head_ = media_message_head(stream_sid_);
      }
      if (source_now_) source_now_->on_started(protocol_.start());
      break;
    }
    case EventKind::kStop:
      end("stop", kCloseNormal);
      break;
    case EventKind::kConnected:
      break;
  }
}

void Call::on_media(const Message& message) {
  scratch.payload.resize(jackfield::base64_decoded_max(message.payload.size()));
  const auto size = jackfield::base64_decode(message.payload, scratch.payload);
  if (!size) {
    offend(Offence::kBadBase64);
    return;
  }
  ++counted_.media_messages;
  counted_.audio_bytes += *size;
  if (*size == 0) return;
  const std::span<const uint8_t> mulaw{scratch.payload.data(), *size};
  const auto place = clock_.on_media(message.timestamp_ms, mulaw, now_ns_);
  if (place.verdict == StreamClock::Verdict::kDropLate) {
    counted_.late_samples += mulaw.size();
    return;
  }
  if (clock_.skew() != counted_.skew) {
    counted_.skew = clock_.skew();
    std::lock_guard guard(mutex_);
    pacer_.set_skew(counted_.skew, now_ns_);
  }
  if (place.verdict == StreamClock::Verdict::kDropQuiet) {
    counted_.quiet_samples += mulaw.size();
    return;
  }
  const uint64_t behind = clock_.behind();
  if (place.missing > 0) {
    ++counted_.gaps;
    counted_.missing_samples += place.missing;
    if (source_now_)
      source_now_->on_missing({place.position - place.missing, behind}, place.missing);
  }
  if (source_now_) {
    source_now_->on_audio(mulaw, {place.position, behind}, place.discontinuous, place.remapped);
  }
}

void Call::on_mark(const Message& message) {
  std::optional<Pacer::Echo> echo;
  {
    std::lock_guard guard(mutex_);
    echo = pacer_.on_echo(message.mark_name, now_ns_);
  }
  if (!echo) {
    offend(Offence::kUnexpectedMark);
  } else if (sink_now_) {
    sink_now_->on_mark(message.mark_name, *echo);
  }
}

void Call::on_binary() { offend(Offence::kBinaryFrame); }

void Call::on_too_long() { offend(Offence::kTooLong); }

void Call::on_ping(std::span<const uint8_t> payload) {
  if (state_ != State::kOpen) return;
  WebSocketFraming::write_pong(scratch.frames, payload);
}

void Call::on_close(uint16_t) {
  peer_closed_ = true;
  end("closed", kCloseNormal);
}

void Call::offend(Offence offence) {
  if (state_ != State::kOpen) return;
  protocol_.count(offence);
  check_offences();
}

void Call::check_offences() {
  if (protocol_.too_many()) end("protocol-error", kClosePolicyViolation);
}

void Call::check_times() {
  if (settings_.dead_timeout_ns > 0) {
    const uint64_t last = std::max(connected_ns_, clock_.last_media_ns());
    if (now_ns_ >= last + settings_.dead_timeout_ns) {
      end("inactive", kCloseNormal);
      return;
    }
  }
  const auto silence = clock_.on_tick(now_ns_);
  if (silence.samples > 0) {
    counted_.silence_samples += silence.samples;
    if (source_now_) {
      source_now_->on_missing({silence.position, clock_.behind()}, silence.samples);
    }
  }
}

// Sends what is due. Returns when there is more to do.
uint64_t Call::pump() {
  std::lock_guard guard(mutex_);
  if (state_ != State::kOpen) return kNever;
  uint64_t deadline = kNever;
  for (bool more = true; more;) {
    const Pacer::Action action = pacer_.next(now_ns_, tones_.active());
    std::string& text = scratch.text;
    text.clear();
    switch (action.step) {
      case Pacer::Step::kAudio:
        if (tones_.active()) {
          scratch.mixed.assign(action.audio.begin(), action.audio.end());
          tones_.mix(scratch.mixed);
          append_media_message(text, media_head_, scratch.mixed);
        } else {
          append_media_message(text, media_head_, action.audio);
        }
        break;
      case Pacer::Step::kMark:
        append_mark_message(text, stream_sid_, action.mark);
        break;
      case Pacer::Step::kClear:
        append_clear_message(text, stream_sid_);
        break;
      case Pacer::Step::kWait:
        deadline = action.until_ns;
        more = false;
        break;
      case Pacer::Step::kIdle:
        more = false;
        break;
    }
    if (!text.empty()) WebSocketFraming::write_text(scratch.frames, text);
  }
  idle_ = pacer_.queued() == 0;
  if (const uint64_t low = pacer_.low_ns(); idle_ && low > now_ns_) {
    // Instead of a wake-up by each push: the round at that time, or an earlier one, sees to it.
    idle_ = false;
    deadline = std::min(deadline, low);
  }
  // A pusher is worth waking for much room, not for every frame.
  if (waiting_ > 0 && pacer_.room() >= max_queue_bytes_ / 2) room_.notify_all();

  if (hang_up_) {
    if (hang_up_deadline_ns_ == kNever) {
      hang_up_deadline_ns_ = now_ns_ + pacer_.remaining_ns(now_ns_) + kHangUpSlackNs;
    }
    const bool played = pacer_.drained() && !tones_.active();
    if (played || now_ns_ >= hang_up_deadline_ns_) {
      end("hang-up", kCloseNormal);
      return kNever;
    }
    deadline = std::min(deadline, hang_up_deadline_ns_);
  }
  return deadline;
}

void Call::flush_out(jackfield::IoChannel& channel) {
  std::span<const uint8_t> fresh{scratch.frames};
  while (!connection_lost_ && !(out_->empty() && fresh.empty())) {
    // What waited goes first; with nothing waiting, what is new does not go through the queue.
    const bool waited = !out_->empty();
    const std::ptrdiff_t size = channel.write(waited ? out_->front() : fresh);
    if (size == jackfield::IoChannel::kNothingNow) break;
    if (size < 0) {
      connection_lost_ = true;
      end("closed", 0);
      return;
    }
    if (waited) {
      out_->consume(static_cast<size_t>(size));
    } else {
      fresh = fresh.subspan(static_cast<size_t>(size));
    }
  }
  out_->append(fresh, now_ns_);
  if (state_ == State::kOpen && out_->over_limit(now_ns_)) {
    // It reads nothing, so it will not read a close either.
    connection_lost_ = true;
    end("stalled", 0);
  }
}

// With or without mutex_: touches nothing of the other side.
void Call::end(const char* reason, uint16_t close_code) {
  if (state_ != State::kOpen) return;
  state_ = State::kClosing;
  end_reason_ = reason;
  close_deadline_ns_ = now_ns_ + kCloseTimeoutNs;
  if (close_code == 0) return;
  WebSocketFraming::write_close(scratch.frames, close_code);
}

void Call::report_end() {
  if (!end_reason_ || end_reported_) return;
  end_reported_ = true;
  bool unheard = false;
  uint64_t heard_pts = kNever;
  {
    std::lock_guard guard(mutex_);
    ended_ = true;
    room_.notify_all();
    if (!pacer_.drained()) {
      // Time goes on, but nobody listens any more: what was heard stays as it is now.
      unheard = true;
      heard_pts = pacer_.played_pts(now_ns_);
      pacer_.clear(now_ns_);
    }
  }
  if (unheard && sink_now_) sink_now_->on_unheard(heard_pts);
  const uint64_t duration = started_ns_ > 0 ? now_ns_ - started_ns_ : 0;
  if (source_now_) source_now_->on_ended(end_reason_, duration);
  if (sink_now_) sink_now_->on_ended();
}

void Call::publish() {
  counted_.sequence_gaps = protocol_.sequence_gaps();
  counted_.behind_samples = clock_.behind();
  counted_.total_offences = protocol_.total_offences();
  for (size_t i = 0; i < kOffenceKinds; ++i) {
    counted_.offences[i] = protocol_.offences(static_cast<Offence>(i));
  }
  counted_.write_queue_bytes = out_->size();
  counted_.write_queue_max_bytes = out_->max_seen();
  std::lock_guard guard(mutex_);
  published_ = counted_;
}

}  // namespace twilio
