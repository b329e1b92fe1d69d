// How long the answers of a call took in all, from the end of speech to the first sound. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace jackfield {

// In ms, to the microsecond.
struct TotalLatency {
  double last = 0, p50 = 0, p95 = 0;
};

// Of the totals in ns, in their order; nullopt without any. A percentile is the smallest value that
// is not below the given share of all (nearest rank).
std::optional<TotalLatency> total_latency(std::vector<std::uint64_t> totals);

// ns as ms with three decimals.
double rounded_ms(double ns);

}  // namespace jackfield
