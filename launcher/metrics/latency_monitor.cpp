#include "metrics/latency_monitor.hpp"

#include <algorithm>
#include <utility>

#include "records/latency_stages.hpp"

namespace jackfield {

const std::vector<std::string>& LatencyMonitor::stage_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{kTurnStageNames.begin(), kTurnStageNames.end()};
    for (const char* way : {"incoming", "outgoing"}) {
      for (const char* part : {"capture", "network", "playback", "total"})
        all.push_back(std::string{way} + "-" + part);
    }
    return all;
  }();
  return names;
}

void LatencyMonitor::add(Stages& stages, std::size_t stage, std::uint64_t ns) {
  stages.resize(stage_names().size());
  if (!stages[stage]) stages[stage] = std::make_unique<Stage>();
  Stage& to = *stages[stage];
  to.histogram.add(ns);
  ++to.exact.count;
  to.exact.sum += static_cast<double>(ns);
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    if (ns <= kBounds[i]) ++to.exact.up_to[i];
  }
  to.last = ++values_;
  to.summary.reset();
}

void LatencyMonitor::add(const std::string& line, const TurnLatency& turn) {
  const auto values = stages_of(turn);
  Stages& stages = lines_[line];
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != kNoTime) add(stages, i, values[i]);
  }
}

bool LatencyMonitor::add(const std::string& line, std::string_view stage, std::uint64_t ns) {
  const auto& names = stage_names();
  const auto known = std::find(names.begin(), names.end(), stage);
  if (known == names.end()) return false;
  add(lines_[line], static_cast<std::size_t>(known - names.begin()), ns);
  return true;
}

std::vector<LatencyMonitor::Line> LatencyMonitor::collect(std::uint64_t behind,
                                                          bool empty_lines) const {
  std::vector<Line> all;
  for (const auto& [name, stages] : lines_) {
    Line line{.line = name, .stages = {}};
    for (std::size_t i = 0; i < stages.size(); ++i) {
      const Stage* stage = stages[i].get();
      if (!stage || stage->last <= behind) continue;
      if (!stage->summary) stage->summary = stage->histogram.summary();
      line.stages.push_back({.stage = stage_names()[i], .summary = *stage->summary});
      line.exact.push_back(&stage->exact);
    }
    if (empty_lines || !line.stages.empty()) all.push_back(std::move(line));
  }
  return all;
}

std::vector<LatencyMonitor::Line> LatencyMonitor::lines() const { return collect(0, true); }

std::vector<LatencyMonitor::Line> LatencyMonitor::changed(std::uint64_t& since) const {
  return collect(std::exchange(since, values_), false);
}

}  // namespace jackfield
