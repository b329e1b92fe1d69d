#include "energy_segmenter.hpp"

#include <algorithm>
#include <cmath>

namespace localspeech {

namespace {

double level_of(std::span<const std::int16_t> samples) {
  if (samples.empty()) return 0.0;
  double sum = 0.0;
  for (const std::int16_t s : samples) sum += static_cast<double>(s) * s;
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

}  // namespace

std::optional<EnergySegmenter::Boundary> EnergySegmenter::feed(
    std::uint64_t time, std::uint64_t duration, std::span<const std::int16_t> samples) {
  const double level = level_of(samples);
  // The floor falls at once and rises by half in a second, so speech does not lift it much. The
  // first sound may be speech already: it sets no floor above the least level.
  if (floor_ < 0.0) {
    floor_ = std::min(level, config_.least_level);
  } else {
    const double seconds = static_cast<double>(duration) / 1e9;
    floor_ = std::min(level, std::max(floor_, 1.0) * std::pow(1.5, seconds));
  }
  const bool loud = level > std::max(config_.least_level, floor_ * config_.onset_ratio);
  if (loud) {
    if (loud_ == 0) loud_since_ = time;
    loud_ += duration;
    last_sound_ = time + duration;
    if (!speaking_ && loud_ >= config_.onset) {
      speaking_ = true;
      return Boundary{Kind::kStart, loud_since_};
    }
    return std::nullopt;
  }
  loud_ = 0;
  if (speaking_ && time + duration >= last_sound_ + config_.hang_over) {
    speaking_ = false;
    return Boundary{Kind::kEnd, last_sound_};
  }
  return std::nullopt;
}

}  // namespace localspeech
