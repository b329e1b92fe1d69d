// Time zones of the year 2026, as tables.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "schedule/core/timing.hpp"

namespace jackfield::schedule {

class TableZone final : public TimeZone {
 public:
  // From which instant on which offset.
  TableZone(Seconds first, std::vector<std::pair<Seconds, Seconds>> shifts)
      : first_(first), shifts_(std::move(shifts)) {}

  Seconds offset_at(Seconds instant) const override {
    Seconds offset = first_;
    for (const auto& [at, to] : shifts_)
      if (instant >= at) offset = to;
    return offset;
  }

 private:
  Seconds first_;
  std::vector<std::pair<Seconds, Seconds>> shifts_;
};

// "2026-03-29T01:00Z"
inline Seconds at(const char* text) { return parse_moment(text, Utc{}).value(); }

// 2:00 becomes 3:00, and 3:00 becomes 2:00.
inline TableZone berlin() {
  return {3600, {{at("2026-03-29T01:00Z"), 7200}, {at("2026-10-25T01:00Z"), 3600}}};
}
// 2:00 becomes 3:00, and 2:00 becomes 1:00.
inline TableZone new_york() {
  return {-18000, {{at("2026-03-08T07:00Z"), -14400}, {at("2026-11-01T06:00Z"), -18000}}};
}
// By half an hour: 2:00 becomes 1:30 in April, and 2:00 becomes 2:30 in October.
inline TableZone lord_howe() {
  return {39600, {{at("2026-04-04T15:00Z"), 37800}, {at("2026-10-03T15:30Z"), 39600}}};
}
inline TableZone kathmandu() { return {20700, {}}; }

}  // namespace jackfield::schedule
