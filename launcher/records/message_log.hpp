// transcript.jsonl, read back: one message a line.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string_view>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

struct LoggedMessage {
  gint64 real_time = 0;  // Unix time in µs
  // With texts, flags, whole numbers (as unsigned 64-bit ones, turn-id as an unsigned one) and
  // structures; what is null, a list or another number is left out.
  gstpp::StructurePtr message;
};

// nullopt when it is no such line, for example because the writer was killed.
std::optional<LoggedMessage> read_logged_message(std::string_view line);

}  // namespace jackfield
