#include "audio/core/playback_gaps.hpp"

#include <cstdlib>
#include <utility>

namespace jackfield {

std::int64_t PlaybackGaps::add(std::int64_t due, std::int64_t duration, std::int64_t now) {
  const bool goes_on = std::llabs(due - end_) < kLeastGap;
  const bool shorter = duration < duration_;
  end_ = due + duration;
  duration_ = duration;
  std::int64_t gap = std::exchange(pending_, 0);
  if (!goes_on) gap = 0;

  const std::int64_t late = now - due;
  if (late < kLeastGap) {
    late_ = 0;
    return gap;
  }
  const std::int64_t more = late - late_;
  if (more < kLeastGap) return gap;
  late_ = late;
  if (!shorter) return gap + more;
  pending_ = more;
  return gap;
}

}  // namespace jackfield
