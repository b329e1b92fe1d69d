// What stands in call.json and latency.json (docs/running.md), of this and earlier versions. Strict
// about JSON, lenient about what is in it: a member that is missing or of another kind counts as
// not there. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/core/record_index.hpp"
#include "records/core/call_events.hpp"

namespace jackfield {

// More of call.json.
struct RecordDetail {
  std::vector<std::string> errors, warnings;
  // From the start of the session, ms.
  std::optional<double> pipeline_start_ms, recording_start_ms;
};

// Takes what the text says into `record`; false when it is no JSON object.
bool read_call_json(std::string_view text, RecordSummary& record, RecordDetail* detail = nullptr);

}  // namespace jackfield
