#include "cli/latency_table.hpp"

#include <algorithm>
#include <cstdio>

#include "cli/console.hpp"

namespace jackfield::cli {
namespace {

constexpr std::size_t kMaxTurns = 100000;
constexpr std::array<const char*, 6> kStages{"hang-over", "stt", "llm", "tts", "output", "total"};

}  // namespace

void LatencyTable::message(const std::string&, const GstStructure&,
                           const std::optional<CallEvent>& event, GstClockTime) {
  const auto* turn = event ? std::get_if<TurnLatency>(&*event) : nullptr;
  if (!turn) return;
  const std::array<std::uint64_t, 6> values{turn->hang_over, turn->stt,    turn->llm,
                                            turn->tts,       turn->output, turn->total};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != kNoTime && stages_[i].size() < kMaxTurns) stages_[i].push_back(values[i]);
  }
}

void LatencyTable::closed(const SessionSummary& summary) {
  if (summary.was_call || summary.failed) ++calls_;
  if (summary.failed) ++failed_;
}

void LatencyTable::print(const std::string& recordings) const {
  if (!stages_.back().empty()) {
    std::printf("\n%s\n", styled(stdout, Style::kBold,
                                 "latency of the answers, ms   turns     p50     p95     p99")
                              .c_str());
    for (std::size_t i = 0; i < kStages.size(); ++i) {
      if (stages_[i].empty()) continue;
      std::vector<std::uint64_t> sorted = stages_[i];
      std::sort(sorted.begin(), sorted.end());
      const auto at = [&](double quantile) {
        const auto last = static_cast<double>(sorted.size() - 1);
        return static_cast<double>(sorted[static_cast<std::size_t>(quantile * last + 0.5)]) / 1e6;
      };
      std::printf("  %-25s %6zu %7.0f %7.0f %7.0f\n", kStages[i], sorted.size(), at(0.5), at(0.95),
                  at(0.99));
    }
  }
  if (calls_ > 0) std::printf("recordings, transcripts and latency data: %s\n", recordings.c_str());
}

}  // namespace jackfield::cli
