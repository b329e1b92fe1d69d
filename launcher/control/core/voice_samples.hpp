// Reads and writes single samples of a voice, full scale being -1 to 1. Pure; for the cores here.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

#include "control/core/voice_format.hpp"
#include "g711.hpp"

namespace jackfield {

// The memory may lie anywhere: no alignment is assumed.
template <typename Integer>
struct LinearSamples {
  static constexpr double kScale = -static_cast<double>(std::numeric_limits<Integer>::min());
  static constexpr std::size_t kSize = sizeof(Integer);
  static double read(const std::uint8_t* at) {
    Integer value;
    std::memcpy(&value, at, kSize);
    return static_cast<double>(value) / kScale;
  }
  static void write(std::uint8_t* at, double value) {
    const double scaled = std::clamp(value * kScale, -kScale, kScale - 1);
    const auto rounded = static_cast<Integer>(std::lrint(scaled));
    std::memcpy(at, &rounded, kSize);
  }
};

template <typename Real>
struct RealSamples {
  static constexpr std::size_t kSize = sizeof(Real);
  static double read(const std::uint8_t* at) {
    Real value;
    std::memcpy(&value, at, kSize);
    return std::isfinite(value) ? static_cast<double>(value) : 0;
  }
  static void write(std::uint8_t* at, double value) {
    const auto real = static_cast<Real>(value);
    std::memcpy(at, &real, kSize);
  }
};

struct MulawSamples {
  static constexpr std::size_t kSize = 1;
  static double read(const std::uint8_t* at) { return mulaw_to_linear(*at) / 32768.0; }
  static void write(std::uint8_t* at, double value) {
    *at = linear_to_mulaw(static_cast<int>(std::lrint(std::clamp(value, -1.0, 1.0) * 32768)));
  }
};

struct AlawSamples {
  static constexpr std::size_t kSize = 1;
  static double read(const std::uint8_t* at) { return alaw_to_linear(*at) / 32768.0; }
  static void write(std::uint8_t* at, double value) {
    *at = linear_to_alaw(static_cast<int>(std::lrint(std::clamp(value, -1.0, 1.0) * 32768)));
  }
};

// Calls `use` with the accessor of the format.
template <typename Use>
decltype(auto) with_samples(VoiceFormat::Samples samples, Use&& use) {
  switch (samples) {
    case VoiceFormat::Samples::kMulaw:
      return use(MulawSamples{});
    case VoiceFormat::Samples::kAlaw:
      return use(AlawSamples{});
    case VoiceFormat::Samples::kS16:
      return use(LinearSamples<std::int16_t>{});
    case VoiceFormat::Samples::kS32:
      return use(LinearSamples<std::int32_t>{});
    case VoiceFormat::Samples::kF32:
      return use(RealSamples<float>{});
    case VoiceFormat::Samples::kF64:
      break;
  }
  return use(RealSamples<double>{});
}

}  // namespace jackfield
