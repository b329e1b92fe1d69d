#include "dtmf_tones.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "g711.hpp"

namespace twilio {
namespace {

constexpr std::string_view kKeys = "0123456789*#ABCD";

struct Pair {
  double low, high;  // Hz
};
constexpr std::array<Pair, 16> kTones{{{941, 1336},
                                       {697, 1209},
                                       {697, 1336},
                                       {697, 1477},
                                       {770, 1209},
                                       {770, 1336},
                                       {770, 1477},
                                       {852, 1209},
                                       {852, 1336},
                                       {852, 1477},
                                       {941, 1209},
                                       {941, 1477},
                                       {697, 1633},
                                       {770, 1633},
                                       {852, 1633},
                                       {941, 1633}}};

constexpr double kRate = 8000;
// A full-scale sine in µ-law is +3.17 dBm0 (G.711), and the two tones share the power (3.01 dB).
constexpr double kFullScaleDbm0 = 3.17 + 3.01;
// Two sines at this amplitude just do not clip.
constexpr double kMaxAmplitude = 16000;
// The edges of a tone rise and fall over 2 ms, so that they do not click.
constexpr double kRamp = 16;

}  // namespace

std::optional<int> dtmf_number(char key) {
  const size_t at = kKeys.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<int>(at);
}

std::optional<char> dtmf_key(int number) {
  if (number < 0 || number >= static_cast<int>(kKeys.size())) return std::nullopt;
  return kKeys[static_cast<size_t>(number)];
}

bool DtmfTones::press(int number, int volume) {
  if (!dtmf_key(number) || keys_.size() >= kMaxKeys) return false;
  release();  // a new press ends the one before
  const double db = -std::clamp(volume, 0, 36) - kFullScaleDbm0;
  const double amplitude = std::min(32767 * std::pow(10.0, db / 20), kMaxAmplitude);
  keys_.push_back({number, amplitude});
  return true;
}

void DtmfTones::release() {
  if (!keys_.empty()) keys_.back().released = true;
}

void DtmfTones::mix(std::span<uint8_t> mulaw) {
  for (uint8_t& code : mulaw) {
    if (keys_.empty()) return;
    const Key& key = keys_.front();
    if (tone_end_ == 0 &&
        (position_ >= kMaxToneSamples ||
         (key.released && position_ + static_cast<size_t>(kRamp) >= kMinToneSamples))) {
      tone_end_ = position_ + static_cast<size_t>(kRamp);
    }
    const bool sounding = tone_end_ == 0 || position_ < tone_end_;
    if (sounding) {
      const Pair tone = kTones[static_cast<size_t>(key.number)];
      const auto t = static_cast<double>(position_);
      double gain = std::min(1.0, t / kRamp);
      if (tone_end_ != 0) gain = std::min(gain, static_cast<double>(tone_end_ - position_) / kRamp);
      const double step = 2 * std::numbers::pi / kRate * t;
      const double sum =
          key.amplitude * gain * (std::sin(step * tone.low) + std::sin(step * tone.high));
      code = jackfield::linear_to_mulaw(std::clamp(
          jackfield::mulaw_to_linear(code) + static_cast<int>(std::lround(sum)), -32768, 32767));
    }
    ++position_;
    if (tone_end_ != 0 && position_ >= tone_end_ + kPauseSamples) {
      keys_.pop_front();
      position_ = 0;
      tone_end_ = 0;
    }
  }
}

}  // namespace twilio
