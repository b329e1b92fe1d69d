#include "limiter.hpp"

#include <algorithm>
#include <cmath>

namespace ducking {
namespace {

constexpr std::size_t kSteps = 20;  // in 10 ms
// Above this, gain is 1 again.
constexpr float kNearlyOne = 0.9995F;

}  // namespace

float Limiter::apply(const Kernels& kernels, float* samples, std::size_t frames,
                     std::size_t channels, float peak) {
  const bool loud = peak > kCeiling;
  if (gain_ == 1 && !loud) return peak;
  float left = 0;
  static const float kRelease = 1 - std::exp(-10.0F / kSteps / kReleaseMs);
  std::size_t begin = 0;
  for (std::size_t step = 0; step < kSteps; ++step) {
    const std::size_t end = (step + 1) * frames / kSteps * channels;
    float* part = samples + begin;
    const std::size_t length = end - begin;
    begin = end;
    if (length == 0) continue;
    const float largest = loud ? kernels.peak(part, length) : 0;
    const float allowed = largest > kCeiling ? kCeiling / largest : 1;
    if (allowed >= gain_) {
      float next = gain_ + (1 - gain_) * kRelease;
      if (next > kNearlyOne) next = 1;
      next = std::min(next, allowed);
      left = std::max(left, kernels.scale(part, gain_, next, length));
      gain_ = next;
      continue;
    }
    // Down in a straight line to the first frame that is too large, and no further.
    std::size_t first = 0;
    while (first + 1 < length && std::abs(part[first]) * gain_ <= kCeiling) ++first;
    first -= first % channels;
    const std::size_t way = first / channels + 1;  // frames
    const float slope = (allowed - gain_) / static_cast<float>(way);
    float gain = gain_;
    for (std::size_t i = 0; i < first; ++i) {
      if (i % channels == 0) gain += slope;
      part[i] *= gain;
      left = std::max(left, std::abs(part[i]));
    }
    left = std::max(left, kernels.scale(part + first, allowed, allowed, length - first));
    gain_ = allowed;
  }
  return left;
}

}  // namespace ducking
