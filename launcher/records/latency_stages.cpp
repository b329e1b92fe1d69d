#include "records/latency_stages.hpp"

namespace jackfield {

std::array<std::uint64_t, kTurnStages> stages_of(const TurnLatency& turn) {
  return {turn.hang_over, turn.stt, turn.llm, turn.tts, turn.output, turn.total};
}

void LatencyStages::add(const TurnLatency& turn) {
  const auto values = stages_of(turn);
  for (std::size_t i = 0; i < kTurnStages; ++i) {
    if (values[i] != kNoTime) histograms_[i].add(values[i]);
  }
  ++turns_;
}

std::vector<StageLatency> LatencyStages::summaries() const {
  std::vector<StageLatency> stages;
  for (std::size_t i = 0; i < kTurnStages; ++i) {
    const LatencySummary summary = histograms_[i].summary();
    if (summary.count > 0) stages.push_back({.stage = kTurnStageNames[i], .summary = summary});
  }
  return stages;
}

}  // namespace jackfield
