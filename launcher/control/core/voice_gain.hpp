// Mute and gain of one voice. Changes are faded in over 10 ms, so that none clicks; what a gain
// would drive beyond full scale is rounded off in place of being clipped. Pure; one thread at a
// time.
#pragma once

#include <cstdint>
#include <span>

#include "control/core/voice_format.hpp"

namespace jackfield {

class VoiceGain {
 public:
  static constexpr double kLeast = -60, kMost = 20;  // dB
  static constexpr double kRamp = 0.010;             // s

  // From the next sample on; `decibels` is held within the bounds.
  void set(double decibels, bool muted);
  // Nothing sounded for a while, so nothing needs fading: the target is reached.
  void settle();

  // Samples pass as they are, now and until the next set().
  bool neutral() const { return target_ == 1 && ramp_ >= 1; }
  // In place. Bytes that do not make a whole frame at the end stay as they are.
  void process(std::span<std::uint8_t> bytes, const VoiceFormat& format);

 private:
  template <typename Samples>
  void scale(std::span<std::uint8_t> bytes, const VoiceFormat& format);
  double current() const;

  double from_ = 1, target_ = 1;  // factors
  double ramp_ = 1;               // the share of the fade that is over
};

}  // namespace jackfield
