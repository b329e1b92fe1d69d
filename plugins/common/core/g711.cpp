#include "g711.hpp"

#include <algorithm>
#include <bit>

namespace jackfield {

// The magnitude with a bias of 33 (of 14 bits; 132 of 16) is a segment, the place of its highest
// bit, and the four bits below that; the code is sent inverted.
uint8_t linear_to_mulaw(int16_t sample) noexcept {
  constexpr int kBias = 132;
  constexpr int kMost = 32767 - kBias;
  const int value = sample;
  const int magnitude = std::min(value < 0 ? -value : value, kMost) + kBias;
  const int segment = std::bit_width(static_cast<unsigned>(magnitude)) - 8;
  const int step = (magnitude >> (segment + 3)) & 0x0F;
  const int sign = value < 0 ? 0x80 : 0;
  return static_cast<uint8_t>(~(sign | segment << 4 | step));
}

}  // namespace jackfield
