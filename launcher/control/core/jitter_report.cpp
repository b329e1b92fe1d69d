#include "control/core/jitter_report.hpp"

namespace jackfield {
namespace {

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole > 0 ? 100 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

}  // namespace

JitterFigures JitterReport::take(const JitterCounts& counts) {
  // Counts that went back are those of a new stream.
  if (counts.total_samples < total_samples_ || counts.concealed_samples < concealed_samples_)
    *this = {};
  JitterFigures figures{.counts = counts,
                        .concealed = percent(counts.concealed_samples - concealed_samples_,
                                             counts.total_samples - total_samples_),
                        .concealed_total = percent(counts.concealed_samples, counts.total_samples)};
  total_samples_ = counts.total_samples;
  concealed_samples_ = counts.concealed_samples;
  return figures;
}

}  // namespace jackfield
