// The property `seats` of a room's mixer: the pipeline file for each kind of participant. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scenario/core/seat_kind.hpp"

namespace jackfield {

struct SeatFile {
  SeatKind kind = SeatKind::kPhone;
  std::string path;  // as it is written

  bool operator==(const SeatFile&) const = default;
};

// "phone=FILE browser=FILE agent=FILE", each at most once, in any order, and somebody must be able
// to take part. A path may have blanks in it. Else what is wrong with it.
std::variant<std::vector<SeatFile>, std::string> read_seat_files(std::string_view text);

}  // namespace jackfield
