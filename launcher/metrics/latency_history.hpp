// The percentiles of the last quarter of an hour, by line and stage: a row for each step of time in
// which there were new values. What is kept is bounded by the number of lines. Pure; one thread at
// a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "metrics/latency_monitor.hpp"

namespace jackfield {

class LatencyHistory {
 public:
  static constexpr std::uint64_t kSpan = 900'000'000'000;  // ns
  static constexpr std::uint64_t kStep = 15'000'000'000;

  struct Row {
    std::uint64_t at = 0;  // ns, of the clock that note() is given
    std::uint64_t count = 0;
    Percentiles recent, total;  // of the last 1000 values, and since the start
  };
  struct Stage {
    std::string stage;
    std::vector<Row> rows;  // oldest first
  };
  struct Line {
    std::string line;
    std::vector<Stage> stages;
  };

  // To be called each kStep; `now` is a steady clock in ns.
  void note(const LatencyMonitor& latencies, std::uint64_t now);
  // Stages in the order of LatencyMonitor::stage_names(). The first row of a stage may be older
  // than kSpan: its values held until the second one.
  std::vector<Line> lines(std::uint64_t now) const;

 private:
  using Rows = std::deque<Row>;
  static void forget(Rows& rows, std::uint64_t now);

  std::map<std::string, std::map<std::string, Rows>> lines_;
  std::uint64_t noted_ = 0;  // of LatencyMonitor::changed()
};

}  // namespace jackfield
