#include "control/core/voice_level.hpp"

#include <algorithm>
#include <cmath>

#include "control/core/voice_samples.hpp"

namespace jackfield {
namespace {

double decibels(double amplitude) {
  return amplitude > 0 ? std::max(20 * std::log10(amplitude), Loudness::kSilence)
                       : Loudness::kSilence;
}

}  // namespace

void VoiceLevel::add(std::span<const std::uint8_t> bytes, const VoiceFormat& format) {
  with_samples(format.samples, [&](auto samples) {
    using Samples = decltype(samples);
    const std::size_t count = bytes.size() / Samples::kSize;
    for (std::size_t i = 0; i < count; ++i) {
      const double value = Samples::read(bytes.data() + i * Samples::kSize);
      peak_ = std::max(peak_, std::abs(value));
      squares_ += value * value;
    }
    samples_ += count;
  });
}

Loudness VoiceLevel::take() {
  Loudness loudness;
  if (samples_ > 0) {
    loudness.peak = decibels(peak_);
    loudness.rms = decibels(std::sqrt(squares_ / static_cast<double>(samples_)));
  }
  *this = {};
  return loudness;
}

}  // namespace jackfield
