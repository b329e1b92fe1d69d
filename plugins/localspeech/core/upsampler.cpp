#include "upsampler.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace localspeech {

namespace {

std::int16_t to_sample(float value) {
  return static_cast<std::int16_t>(std::lrint(std::clamp(value, -32768.0f, 32767.0f)));
}

}  // namespace

Upsampler::Upsampler(float image) : even_gain_(1.0f + image), odd_gain_(1.0f - image) {
  // The samples between: a sinc through a Hamming window, of unit gain at 0 Hz. Inserting zeros and
  // mixing the result in at gain `image` raises the even samples and lowers the odd ones.
  float sum = 0.0f;
  for (std::size_t i = 0; i < kTaps; ++i) {
    const double t = static_cast<double>(i) - static_cast<double>(kTaps) / 2.0 + 0.5;
    const double x = std::numbers::pi * t;
    const double window = 0.54 + 0.46 * std::cos(2.0 * x / static_cast<double>(kTaps));
    taps_[i] = static_cast<float>(std::sin(x) / x * window);
    sum += taps_[i];
  }
  for (float& tap : taps_) tap /= sum;
}

void Upsampler::reset() { history_.fill(0.0f); }

void Upsampler::process(std::span<const std::int16_t> in, std::vector<std::int16_t>& out) {
  out.reserve(out.size() + 2 * in.size());
  for (const std::int16_t sample : in) {
    std::copy(history_.begin() + 1, history_.end(), history_.begin());
    history_.back() = sample;
    float between = 0.0f;
    for (std::size_t i = 0; i < kTaps; ++i) between += taps_[i] * history_[i];
    out.push_back(to_sample(even_gain_ * history_[kDelay - 1]));
    out.push_back(to_sample(odd_gain_ * between));
  }
}

}  // namespace localspeech
