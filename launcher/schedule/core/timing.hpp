// When something is to be done: once at a time, every so often, or by a cron rule. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "schedule/core/cron.hpp"
#include "schedule/core/time_zone.hpp"

namespace jackfield::schedule {

// "2026-12-24T18:00", "2026-12-24 18:00:30" on the zone's clocks, or with "Z" or "+01:00" behind it
// anywhere. nullopt when it is no such time, or no such day.
std::optional<Seconds> parse_moment(std::string_view text, const TimeZone& zone);

// "30s", "15m", "2h", "1d", "1h30m"; nullopt when it is none, or longer than a year.
std::optional<Seconds> parse_duration(std::string_view text);
// The opposite: "1h30m"; "0s".
std::string duration_text(Seconds duration);

struct Once {
  Seconds at = 0;
};
// At the multiples of `period` since 1970-01-01 in UTC, so that neither a restart nor a second
// server changes them.
struct Every {
  Seconds period = 0;
};
using Timing = std::variant<Once, Every, CronRule>;

// The first time after `instant`; nullopt when there is none.
std::optional<Seconds> next_time(const Timing& timing, const TimeZone& zone, Seconds instant);
// The last one after `from` and not after `to`; nullopt when there is none. Of a cron rule the work
// grows with the time between.
std::optional<Seconds> last_time(const Timing& timing, const TimeZone& zone, Seconds from,
                                 Seconds to);

}  // namespace jackfield::schedule
