#include "control/core/voice_gain.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "control/core/voice_samples.hpp"

namespace jackfield {
namespace {

// Above this share of full scale a gain of 3 dB and more bends the curve.
constexpr double kLowestKnee = 0.7;

// Linear up to a knee, from there towards full scale and never beyond. The knee rises to full scale
// as the gain goes down to 1, so that there is no jump where the bending begins.
double rounded_off(double value, double factor) {
  const double knee = std::max(kLowestKnee, 1 / factor);
  const double magnitude = std::abs(value);
  const double room = 1 - knee;
  if (magnitude <= knee) return value;
  const double bent = room < 1e-9 ? 1 : knee + room * std::tanh((magnitude - knee) / room);
  return value < 0 ? -bent : bent;
}

void silence(std::span<std::uint8_t> bytes, VoiceFormat::Samples samples) {
  std::fill(bytes.begin(), bytes.end(),
            samples == VoiceFormat::Samples::kMulaw  ? kMulawSilence
            : samples == VoiceFormat::Samples::kAlaw ? kAlawSilence
                                                     : std::uint8_t{0});
}

}  // namespace

void VoiceGain::set(double decibels, bool muted) {
  const double held = std::isfinite(decibels) ? std::clamp(decibels, kLeast, kMost) : 0;
  const double target = muted ? 0 : std::pow(10, held / 20);
  if (target == target_) return;
  from_ = current();
  target_ = target;
  ramp_ = 0;
}

void VoiceGain::settle() { ramp_ = 1; }

double VoiceGain::current() const {
  if (ramp_ >= 1) return target_;
  return from_ + (target_ - from_) * (1 - std::cos(std::numbers::pi * ramp_)) / 2;
}

template <typename Samples>
void VoiceGain::scale(std::span<std::uint8_t> bytes, const VoiceFormat& format) {
  const auto channels = static_cast<std::size_t>(format.channels);
  const std::size_t frames = bytes.size() / (Samples::kSize * channels);
  const double step = 1 / (kRamp * format.rate);
  std::uint8_t* at = bytes.data();
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const double factor = current();
    if (ramp_ < 1) ramp_ = ramp_ + step > 1 - step / 2 ? 1 : ramp_ + step;
    for (std::size_t channel = 0; channel < channels; ++channel, at += Samples::kSize) {
      const double value = Samples::read(at) * factor;
      Samples::write(at, factor > 1 ? rounded_off(value, factor) : value);
    }
  }
}

void VoiceGain::process(std::span<std::uint8_t> bytes, const VoiceFormat& format) {
  if (neutral() || format.rate <= 0 || format.channels <= 0) return;
  if (ramp_ >= 1 && target_ == 0) {
    silence(bytes, format.samples);
    return;
  }
  with_samples(format.samples, [&](auto samples) { scale<decltype(samples)>(bytes, format); });
}

}  // namespace jackfield
