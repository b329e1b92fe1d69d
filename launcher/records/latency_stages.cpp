#include "records/latency_stages.hpp"

namespace jackfield {

void LatencyStages::add(const TurnLatency& turn) {
  const std::array<std::uint64_t, kStages> values{turn.hang_over, turn.stt,    turn.llm,
                                                  turn.tts,       turn.output, turn.total};
  for (std::size_t i = 0; i < kStages; ++i) {
    if (values[i] != kNoTime) histograms_[i].add(values[i]);
  }
  ++turns_;
}

std::vector<StageLatency> LatencyStages::summaries() const {
  constexpr std::array<const char*, kStages> kNames{"hang-over", "stt",    "llm",
                                                    "tts",       "output", "total"};
  std::vector<StageLatency> stages;
  for (std::size_t i = 0; i < kStages; ++i) {
    const LatencySummary summary = histograms_[i].summary();
    if (summary.count > 0) stages.push_back({.stage = kNames[i], .summary = summary});
  }
  return stages;
}

}  // namespace jackfield
