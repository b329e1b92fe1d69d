// Keeps a signal within −1 dBFS without looking ahead. Gain falls at once, before the first sample
// that would be too large, and comes back with a time constant of 80 ms. One thread at a time.
//
// In steps of 0.5 ms, as the limiter of WebRTC's AGC2 (modules/audio_processing/agc2/limiter.cc)
// does; unlike there nothing is ever clipped.
#pragma once

#include <cstddef>

#include "kernels.hpp"

namespace ducking {

class Limiter {
 public:
  static constexpr float kCeiling = 0.891251F;  // −1 dBFS
  static constexpr float kReleaseMs = 80;

  // In place; interleaved, all channels have the same gain. `frames` is a block of 10 ms, `peak`
  // its largest absolute value. Returns the largest of what it leaves.
  float apply(const Kernels& kernels, float* samples, std::size_t frames, std::size_t channels,
              float peak);

  float gain() const { return gain_; }
  bool idle() const { return gain_ == 1; }

 private:
  float gain_ = 1;
};

}  // namespace ducking
