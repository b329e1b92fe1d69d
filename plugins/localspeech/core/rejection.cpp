#include "rejection.hpp"

#include <algorithm>
#include <cmath>

namespace localspeech {

namespace {

// Score units per e-fold of confidence: a phrase that falls behind by 18 units for each frame of
// speech (the border measured on telephone prompts) has a confidence of one half.
constexpr double kUnits = 26.5;

int last_frame(std::span<const ScoredSegment> segments) {
  int last = -1;
  for (const ScoredSegment& segment : segments) last = std::max(last, segment.end);
  return last;
}

// The score up to and including `last`; a segment that reaches beyond counts by its share.
double score_until(std::span<const ScoredSegment> segments, int last) {
  double sum = 0.0;
  for (const ScoredSegment& segment : segments) {
    const int frames = segment.end - segment.begin + 1;
    if (frames <= 0 || segment.begin > last) continue;
    const int counted = std::min(segment.end, last) - segment.begin + 1;
    sum += static_cast<double>(segment.score) * counted / frames;
  }
  return sum;
}

}  // namespace

Plausibility judge(std::span<const ScoredSegment> phrase, std::span<const ScoredSegment> phones) {
  Plausibility result;
  const int last = std::min(last_frame(phrase), last_frame(phones));
  for (const ScoredSegment& segment : phrase) {
    if (segment.filler || segment.begin > last) continue;
    result.word_frames += std::max(0, std::min(segment.end, last) - segment.begin + 1);
  }
  if (result.word_frames == 0) return result;
  const double difference = score_until(phrase, last) - score_until(phones, last);
  result.confidence = std::min(1.0, std::exp(difference / result.word_frames / kUnits));
  return result;
}

bool believes(double confidence, double rejection) {
  return rejection <= 0.0 || confidence >= rejection;
}

}  // namespace localspeech
