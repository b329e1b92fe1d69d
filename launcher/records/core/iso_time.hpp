// Times as our files have them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace jackfield {

// "2026-11-22T14:03:05.123Z", and nothing else, as ms since 1970.
std::optional<std::int64_t> read_iso_time(std::string_view text);

}  // namespace jackfield
