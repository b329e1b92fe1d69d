// The latency of each stage, as a table for people and as JSON. Pure; any thread.
#pragma once

#include <span>
#include <string>

#include "metrics/latency_histogram.hpp"

namespace jackfield {

struct StageLatency {
  std::string stage;
  LatencySummary summary;
};

// Aligned columns: stage, n, p50, p95, p99, max, in milliseconds, since the start. Ends with a line
// break. Stages without values show dashes.
std::string latency_table(std::span<const StageLatency> stages);

// {"unit":"ns","stages":[{"stage":"stt","count":12,"min":…,"mean":…,"max":…,"p50":…,"p95":…,
//  "p99":…,"recent":{"p50":…,"p95":…,"p99":…}},…]}
std::string latency_json(std::span<const StageLatency> stages);

}  // namespace jackfield
