// The stages of a turn's latency, each with its histogram.
#pragma once

#include <array>
#include <vector>

#include "metrics/latency_histogram.hpp"
#include "metrics/table.hpp"
#include "records/core/call_events.hpp"

namespace jackfield {

class LatencyStages {
 public:
  // Stages without a value in `turn` are not counted.
  void add(const TurnLatency& turn);
  bool empty() const { return turns_ == 0; }
  // hang-over, stt, llm, tts, output, total; those that never had a value are left out.
  std::vector<StageLatency> summaries() const;

 private:
  static constexpr std::size_t kStages = 6;
  std::array<LatencyHistogram, kStages> histograms_;
  std::size_t turns_ = 0;
};

}  // namespace jackfield
