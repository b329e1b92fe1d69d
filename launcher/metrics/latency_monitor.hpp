// The latency of every stage of every line: current value, mean, extremes and percentiles, since
// the start and over the last 1000 values. Summaries are made when they are asked for and kept
// until there are new values. One thread at a time.
//
// Stages, in this order:
//   hang-over, stt, llm, tts, output, total   of a turn: docs/events-and-messages.md,
//   agentbrain/turn incoming-capture, incoming-network,       of sound, from the mouth of a caller
//   over WebRTC to incoming-playback, incoming-total         us: the parts of docs/webrtc.md,
//   "Latency", of which outgoing-capture, …                       capture, stages and encoding
//   count as capture, and
//                                             jitter buffer, decoding and playing as playback
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/latency_histogram.hpp"
#include "metrics/table.hpp"
#include "records/core/call_events.hpp"

namespace jackfield {

class LatencyMonitor {
 public:
  // Upper bounds of the buckets of Distribution, ns.
  static constexpr std::array<std::uint64_t, 14> kBounds{
      10'000'000,   25'000'000,   50'000'000,   100'000'000,   200'000'000,
      300'000'000,  500'000'000,  750'000'000,  1000'000'000,  1500'000'000,
      2000'000'000, 3000'000'000, 5000'000'000, 10'000'000'000};

  // How many values were not above each bound, and all of them.
  struct Distribution {
    std::array<std::uint64_t, kBounds.size()> up_to{};
    std::uint64_t count = 0;
    double sum = 0;  // ns
  };

  struct Line {
    std::string line;
    std::vector<StageLatency> stages;          // those that have values
    std::vector<const Distribution*> exact{};  // of the same stages; valid until the next call
  };

  // Lines that are served are there from the start; others appear with their first value.
  void add_line(const std::string& line) { lines_[line]; }
  void add(const std::string& line, const TurnLatency& turn);
  // False when there is no such stage.
  bool add(const std::string& line, std::string_view stage, std::uint64_t ns);

  bool has_line(const std::string& line) const { return lines_.contains(line); }

  // By name.
  std::vector<Line> lines() const;
  // Only stages with values since the last call with this `since`; 0: all. Moves it on.
  std::vector<Line> changed(std::uint64_t& since) const;

  static const std::vector<std::string>& stage_names();

 private:
  struct Stage {
    LatencyHistogram histogram;
    Distribution exact;
    std::uint64_t last = 0;  // number of the last value
    mutable std::optional<LatencySummary> summary;
  };
  using Stages = std::vector<std::unique_ptr<Stage>>;  // as in stage_names(); null: no value yet

  void add(Stages& stages, std::size_t stage, std::uint64_t ns);
  std::vector<Line> collect(std::uint64_t behind, bool empty_lines) const;

  std::map<std::string, Stages, std::less<>> lines_;
  std::uint64_t values_ = 0;  // of all
};

}  // namespace jackfield
