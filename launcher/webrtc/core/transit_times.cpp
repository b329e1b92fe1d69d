#include "webrtc/core/transit_times.hpp"

namespace jackfield::webrtc {

void TransitTimes::left(std::uint64_t pts, std::int64_t now) {
  departures_[next_] = {.pts = pts, .at = now};
  next_ = (next_ + 1) % kRemembered;
}

std::optional<std::int64_t> TransitTimes::arrived(std::uint64_t pts, std::int64_t now) const {
  if (pts == UINT64_MAX) return std::nullopt;
  // The newest first: most buffers are on their way for less than their own length.
  for (std::size_t i = 0; i < kRemembered; ++i) {
    const Departure& one = departures_[(next_ + kRemembered - 1 - i) % kRemembered];
    if (one.pts == UINT64_MAX) break;
    const std::uint64_t apart = one.pts > pts ? one.pts - pts : pts - one.pts;
    if (apart <= kTolerance) return now - one.at;
  }
  return std::nullopt;
}

}  // namespace jackfield::webrtc
