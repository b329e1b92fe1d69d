// Latencies as the control API tells them: in ms. Pure but for the JSON.
#pragma once

#include <vector>

#include "metrics/latency_history.hpp"
#include "metrics/latency_monitor.hpp"
#include "metrics/table.hpp"
#include "records/message_json.hpp"

namespace jackfield {

using JsonArrayPtr = std::unique_ptr<JsonArray, gstpp::FreeWith<json_array_unref>>;

// STAGE of docs/control-api.md.
JsonObjectPtr to_json(const StageLatency& stage);
// [STAGE…]
JsonArrayPtr to_json(const std::vector<StageLatency>& stages);
// {"lines":[{"line":"support","stages":[STAGE…]},…]}
JsonObjectPtr to_json(const std::vector<LatencyMonitor::Line>& lines);
// {"lines":[{"line","stages":[{"stage","ago-ms":[…],"recent":{"p50":[…],…},"start":{…}}]}]}, oldest
// first; `now` is of the clock of its times.
JsonObjectPtr to_json(const std::vector<LatencyHistory::Line>& lines, std::uint64_t now);

}  // namespace jackfield
