// The stages of a turn's latency, each with its histogram.
#pragma once

#include <array>
#include <vector>

#include "metrics/latency_histogram.hpp"
#include "metrics/table.hpp"
#include "records/core/call_events.hpp"

namespace jackfield {

inline constexpr std::size_t kTurnStages = 6;
// In the order of the way from the caller's last word to the agent's first.
inline constexpr std::array<const char*, kTurnStages> kTurnStageNames{
    "hang-over", "stt", "llm", "tts", "output", "total"};
// In the same order; ns, kNoTime where the turn has no value.
std::array<std::uint64_t, kTurnStages> stages_of(const TurnLatency& turn);

class LatencyStages {
 public:
  // Stages without a value in `turn` are not counted.
  void add(const TurnLatency& turn);
  bool empty() const { return turns_ == 0; }
  // hang-over, stt, llm, tts, output, total; those that never had a value are left out.
  std::vector<StageLatency> summaries() const;

 private:
  std::array<LatencyHistogram, kTurnStages> histograms_;
  std::size_t turns_ = 0;
};

}  // namespace jackfield
