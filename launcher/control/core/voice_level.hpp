// How loud a voice is: peak and root mean square, in dB below full scale (dBFS; a sine of full
// scale has a peak of 0 and an RMS of -3). Pure; one thread at a time.
#pragma once

#include <cstdint>
#include <span>

#include "control/core/voice_format.hpp"

namespace jackfield {

struct Loudness {
  static constexpr double kSilence = -100;  // dBFS; nothing is told to be softer
  double peak = kSilence, rms = kSilence;
};

class VoiceLevel {
 public:
  void add(std::span<const std::uint8_t> bytes, const VoiceFormat& format);
  // Of what was added since the last time.
  Loudness take();

 private:
  double peak_ = 0;
  double squares_ = 0;
  std::uint64_t samples_ = 0;
};

}  // namespace jackfield
