// The time of a phone line: samples at 8 kHz (125 us) since the stream started.
#pragma once

#include <cstdint>

namespace jackfield::simulate {

using Samples = std::int64_t;

inline constexpr Samples kRate = 8000;
inline constexpr Samples kSamplesPerMs = kRate / 1000;

constexpr Samples ms_to_samples(double ms) { return static_cast<Samples>(ms * kSamplesPerMs); }
constexpr double samples_to_ms(Samples samples) {
  return static_cast<double>(samples) / static_cast<double>(kSamplesPerMs);
}
// Rounds down: a sample counts as past only when all of it is.
constexpr Samples ns_to_samples(std::int64_t ns) { return ns / 125000; }
constexpr std::int64_t samples_to_ns(Samples samples) { return samples * 125000; }

}  // namespace jackfield::simulate
