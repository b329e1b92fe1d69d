#include "stream_clock.hpp"

#include <algorithm>

namespace twilio {

void StreamClock::begin(uint64_t now_ns) {
  begun_ = true;
  begin_ns_ = last_media_ns_ = now_ns;
}

uint64_t StreamClock::wall_position(uint64_t now_ns) const {
  return last_media_end_ + (now_ns - std::min(now_ns, last_media_ns_)) / kSampleNs;
}

StreamClock::Placement StreamClock::on_media(uint64_t timestamp_ms, size_t samples, bool quiet,
                                             uint64_t now_ns) {
  if (!begun_) begin(now_ns);
  Placement placement;
  // Beyond any real call; keeps the arithmetic below far from overflow.
  constexpr uint64_t kMaxTimestampMs = uint64_t{1} << 48;
  const auto stamp = static_cast<int64_t>(std::min(timestamp_ms, kMaxTimestampMs) * kSamplesPerMs);
  const auto next = static_cast<int64_t>(next_);
  if (!mapped_) {
    mapped_ = true;
    offset_ = next - stamp;
  }
  const int64_t distance = stamp + offset_ - next;

  if (distance > kTolerance) {
    const int64_t wall = static_cast<int64_t>(wall_position(now_ns)) + kMaxAhead;
    if (stamp + offset_ > wall) {
      offset_ = next - stamp;
      placement.discontinuous = placement.remapped = true;
    } else {
      // Time that was lost need not be made up for.
      const auto caught_up = std::min(static_cast<uint64_t>(distance), behind_);
      behind_ -= caught_up;
      offset_ -= static_cast<int64_t>(caught_up);
      placement.missing = static_cast<uint64_t>(distance) - caught_up;
      placement.discontinuous = true;
    }
  } else if (distance < -kTolerance) {
    if (-distance <= static_cast<int64_t>(silence_run_) + kTolerance) {
      behind_ += static_cast<uint64_t>(-distance);
      offset_ = next - stamp;
      placement.discontinuous = true;
    } else if (-distance > kMaxBack) {
      offset_ = next - stamp;
      placement.discontinuous = placement.remapped = true;
    } else {
      placement.verdict = Verdict::kDropLate;
      placement.position = next_;
      last_media_ns_ = now_ns;
      last_media_end_ = next_;
      return placement;
    }
  }

  last_media_ns_ = now_ns;
  if (quiet && behind_ >= samples && placement.missing == 0) {
    behind_ -= samples;
    offset_ -= static_cast<int64_t>(samples);
    placement.verdict = Verdict::kDropQuiet;
    placement.position = next_;
    last_media_end_ = next_;
    return placement;
  }
  silence_run_ = 0;
  placement.position = next_ + placement.missing;
  next_ = placement.position + samples;
  last_media_end_ = next_;
  return placement;
}

StreamClock::Silence StreamClock::on_tick(uint64_t now_ns) {
  Silence silence;
  if (now_ns < deadline()) return silence;
  const uint64_t wall = wall_position(now_ns);
  silence.position = next_;
  silence.samples = (wall - next_) / kFrameBytes * kFrameBytes;
  next_ += silence.samples;
  silence_run_ += silence.samples;
  return silence;
}

uint64_t StreamClock::deadline() const {
  if (!begun_ || config_.inactivity_timeout_ns == 0) return kNever;
  const uint64_t first = last_media_ns_ + config_.inactivity_timeout_ns;
  const uint64_t frame = last_media_ns_ + (next_ - last_media_end_ + kFrameBytes) * kSampleNs;
  return std::max(first, frame);
}

}  // namespace twilio
