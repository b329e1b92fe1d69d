#include "records/core/total_latency.hpp"

#include <algorithm>
#include <cmath>

namespace jackfield {

double rounded_ms(double ns) { return std::round(ns / 1e3) / 1e3; }

std::optional<TotalLatency> total_latency(std::vector<std::uint64_t> totals) {
  if (totals.empty()) return std::nullopt;
  const std::uint64_t last = totals.back();
  std::sort(totals.begin(), totals.end());
  // In hundredths: 0.95 of 20 is a little more than 19 in floating point.
  const auto percentile = [&](std::size_t hundredths) {
    const std::size_t rank = (totals.size() * hundredths + 99) / 100;
    return rounded_ms(static_cast<double>(totals[rank - 1]));
  };
  return TotalLatency{
      .last = rounded_ms(static_cast<double>(last)), .p50 = percentile(50), .p95 = percentile(95)};
}

}  // namespace jackfield
