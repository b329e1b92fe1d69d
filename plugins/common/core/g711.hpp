// ITU-T G.711: a sample in one byte, by mu-law or A-law. Linear samples have 16 bits here, the
// Recommendation's 14 (mu-law) or 13 (A-law) shifted up. Any thread.
#pragma once

#include <array>
#include <cstdint>

namespace jackfield {

constexpr uint8_t kMulawSilence = 0xff;  // of the sample 0
constexpr uint8_t kAlawSilence = 0xd5;   // of the smallest positive sample, 8

extern const std::array<int16_t, 256> kMulawLinear;
extern const std::array<int16_t, 256> kAlawLinear;

inline int16_t mulaw_to_linear(uint8_t code) noexcept { return kMulawLinear[code]; }
inline int16_t alaw_to_linear(uint8_t code) noexcept { return kAlawLinear[code]; }

// Samples beyond ±32635 become the outermost codes.
uint8_t linear_to_mulaw(int sample) noexcept;
// Samples beyond ±32767 become the outermost codes.
uint8_t linear_to_alaw(int sample) noexcept;

}  // namespace jackfield
