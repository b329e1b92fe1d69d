#include "cli/latency_table.hpp"

#include <cstdio>

#include "cli/console.hpp"

namespace jackfield::cli {

void LatencyTable::message(const std::string&, const GstStructure&,
                           const std::optional<CallEvent>& event, GstClockTime) {
  const auto* turn = event ? std::get_if<TurnLatency>(&*event) : nullptr;
  if (turn) stages_.add(*turn);
}

void LatencyTable::closed(const SessionSummary& summary) {
  if (summary.was_call || summary.failed) ++calls_;
  if (summary.failed) ++failed_;
}

void LatencyTable::print(const std::string& recordings) const {
  if (!stages_.empty()) {
    std::printf("\n%s\n%s\n",
                styled(stdout, Style::kBold, "How long the answers took, by stage (ms)").c_str(),
                latency_table(stages_.summaries()).c_str());
  }
  if (calls_ == 0) return;
  std::printf("Recordings (call.wav), pictures (call.svg), transcripts and latency data: %s\n",
              recordings.c_str());
}

}  // namespace jackfield::cli
