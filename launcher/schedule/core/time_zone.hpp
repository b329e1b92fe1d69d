// Local time and the instants it stands for. Pure. All times are whole seconds: an instant since
// 1970-01-01 in UTC (leap seconds are not counted, as in Unix time), a local time as if its clock
// were UTC's.
#pragma once

#include <cstdint>

namespace jackfield::schedule {

using Seconds = std::int64_t;

inline constexpr Seconds kMinute = 60, kHour = 3600, kDay = 86400;

class TimeZone {
 public:
  virtual ~TimeZone() = default;
  // What local clocks are ahead of UTC at this instant.
  virtual Seconds offset_at(Seconds instant) const = 0;
};

class Utc final : public TimeZone {
 public:
  Seconds offset_at(Seconds) const override { return 0; }
};

// What clocks show at an instant.
Seconds local_time(const TimeZone& zone, Seconds instant);

// The first instant at which clocks show `local` or later, but earlier ones did not: of a time that
// comes twice the first, of one that is left out the moment of the shift.
Seconds instant_of(const TimeZone& zone, Seconds local);

}  // namespace jackfield::schedule
