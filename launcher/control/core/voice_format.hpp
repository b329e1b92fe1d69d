// Samples of a voice as they lie in memory, in the byte order of this machine. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace jackfield {

struct VoiceFormat {
  enum class Samples { kMulaw, kAlaw, kS16, kS32, kF32, kF64 };
  Samples samples = Samples::kS16;
  int rate = 8000;   // Hz
  int channels = 1;  // interleaved

  friend bool operator==(const VoiceFormat&, const VoiceFormat&) = default;
};

constexpr std::size_t sample_size(VoiceFormat::Samples samples) {
  switch (samples) {
    case VoiceFormat::Samples::kMulaw:
    case VoiceFormat::Samples::kAlaw:
      return 1;
    case VoiceFormat::Samples::kS16:
      return 2;
    case VoiceFormat::Samples::kS32:
    case VoiceFormat::Samples::kF32:
      return 4;
    case VoiceFormat::Samples::kF64:
      break;
  }
  return 8;
}

}  // namespace jackfield
