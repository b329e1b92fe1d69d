#include "metrics/latency_history.hpp"

namespace jackfield {

// The last one from before the span stays: its values hold until the next.
void LatencyHistory::forget(Rows& rows, std::uint64_t now) {
  while (rows.size() > 1 && rows[1].at + kSpan <= now) rows.pop_front();
}

void LatencyHistory::note(const LatencyMonitor& latencies, std::uint64_t now) {
  for (const LatencyMonitor::Line& line : latencies.changed(noted_)) {
    for (const StageLatency& stage : line.stages) {
      Rows& rows = lines_[line.line][stage.stage];
      const LatencySummary& summary = stage.summary;
      rows.push_back(
          {.at = now, .count = summary.count, .recent = summary.recent, .total = summary.total});
      forget(rows, now);
    }
  }
}

std::vector<LatencyHistory::Line> LatencyHistory::lines(std::uint64_t now) const {
  std::vector<Line> lines;
  for (const auto& [name, stages] : lines_) {
    Line& line = lines.emplace_back();
    line.line = name;
    for (const std::string& stage : LatencyMonitor::stage_names()) {
      const auto known = stages.find(stage);
      if (known == stages.end()) continue;
      Rows rows = known->second;
      forget(rows, now);
      line.stages.push_back({.stage = stage, .rows = {rows.begin(), rows.end()}});
    }
  }
  return lines;
}

}  // namespace jackfield
