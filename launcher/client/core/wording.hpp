// Numbers and sentences of calls as people read them. Pure.
#pragma once

#include <optional>
#include <string>

#include "client/core/api_values.hpp"
#include "terminal/core/styled_row.hpp"

namespace jackfield::client {

// "0:05", "12:34", "1:02:03", "2d 03:04"
std::string duration_text(double milliseconds);
// "712", "-"
std::string milliseconds_text(std::optional<double> milliseconds);
// "512/640/702", "-" without values.
std::string percentiles_text(const Stage* stage, bool recent);

Style style_of_speaker(const std::string& who);
// "caller: Are you open?"; what was not heard of an interrupted reply is told.
std::string entry_text(const Entry& entry);
// "712 ms from the end of speech to the first sound (hang-over 500, stt 120, ...)"
std::string turn_text(const Turn& turn);

}  // namespace jackfield::client
