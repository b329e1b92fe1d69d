// Telephone audio (8 kHz) for a recognizer that was trained on 16 kHz.
//
// A half-band interpolator that lets a little of the mirror image of the spectrum through: the
// recognizer's upper filters (4 to 6.8 kHz) would otherwise see nothing but rounding noise, which
// no speech it learnt from ever looked like. (Spectral folding: Makhoul and Berouti,
// "High-frequency regeneration in speech coding systems", ICASSP 1979.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace localspeech {

class Upsampler {
 public:
  // `image` is the gain of the mirror image above 4 kHz: 0 for a clean interpolator, 1 for none.
  explicit Upsampler(float image = 0.2f);

  // Forgets the past, for audio that does not follow what came before.
  void reset();
  // Appends two samples to `out` for every one of `in`, kDelay input samples late.
  void process(std::span<const std::int16_t> in, std::vector<std::int16_t>& out);

  static constexpr std::size_t kTaps = 16;
  static constexpr std::size_t kDelay = kTaps / 2;

 private:
  std::array<float, kTaps> taps_{};
  std::array<float, kTaps> history_{};  // the newest sample last
  float even_gain_;
  float odd_gain_;
};

}  // namespace localspeech
