#include "schedule/core/time_zone.hpp"

#include <algorithm>

namespace jackfield::schedule {

Seconds local_time(const TimeZone& zone, Seconds instant) {
  return instant + zone.offset_at(instant);
}

Seconds instant_of(const TimeZone& zone, Seconds local) {
  // Offsets are less than a day, so these are before and behind a shift that matters.
  const Seconds before = local - zone.offset_at(local - kDay);
  const Seconds after = local - zone.offset_at(local + kDay);
  const Seconds earlier = std::min(before, after), later = std::max(before, after);
  if (local_time(zone, earlier) == local) return earlier;
  if (local_time(zone, later) == local) return later;
  // Left out: clocks show less than `local` at `low`, more at `high`.
  Seconds low = earlier, high = later;
  while (high - low > 1) {
    const Seconds middle = low + (high - low) / 2;
    (local_time(zone, middle) < local ? low : high) = middle;
  }
  return high;
}

}  // namespace jackfield::schedule
