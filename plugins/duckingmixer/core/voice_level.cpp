#include "voice_level.hpp"

#include <algorithm>
#include <cmath>

namespace ducking {
namespace {

constexpr float kFall = 0.8187F;        // exp(−10 ms / 50 ms)
constexpr float kLeastNoise = 1e-4F;    // −80 dBFS: digital silence is not below it
constexpr float kMostNoise = 0.03F;     // −30 dBFS: what is louder is no noise
constexpr float kNoiseRise = 1.00576F;  // 5 dB a second
constexpr float kNoiseFall = 0.7F;      // of the way, each block

}  // namespace

void VoiceLevel::add(const Config& config, float power) {
  const float now = std::sqrt(power);
  level_ = std::max(now, level_ * kFall);
  // Down at once, up slowly: between words there is nothing but noise.
  noise_ = now < noise_ ? noise_ + (now - noise_) * kNoiseFall : noise_ * kNoiseRise;
  noise_ = std::clamp(noise_, kLeastNoise, kMostNoise);
  const float least = std::max(config.threshold, noise_ * config.above_noise);
  if (now > least)
    hold_left_ms_ = config.hold_ms + 10;
  else
    hold_left_ms_ -= std::min(hold_left_ms_, 10U);
}

}  // namespace ducking
