#include "g711.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace jackfield {
namespace {

constexpr int kBias = 132;  // mu-law's 33, of 14 bits
constexpr int kMost = 32767 - kBias;

// Table 2a: the code is sent inverted; a sign, three bits of segment, four of step.
constexpr int decode_mulaw(int code) {
  const int bits = ~code & 0xff;
  const int magnitude = ((((bits & 0x0f) << 3) + kBias) << (bits >> 4 & 7)) - kBias;
  return bits & 0x80 ? -magnitude : magnitude;
}

// Table 1a: every other bit is sent inverted; the steps of the first two segments are alike.
constexpr int decode_alaw(int code) {
  const int bits = code ^ 0x55;
  const int segment = bits >> 4 & 7;
  int magnitude = ((bits & 0x0f) << 4) + 8;
  if (segment > 0) magnitude = (magnitude + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

constexpr std::array<int16_t, 256> table(int (*decode)(int)) {
  std::array<int16_t, 256> linear{};
  for (int code = 0; code < 256; ++code)
    linear[static_cast<size_t>(code)] = static_cast<int16_t>(decode(code));
  return linear;
}

}  // namespace

constinit const std::array<int16_t, 256> kMulawLinear = table(decode_mulaw);
constinit const std::array<int16_t, 256> kAlawLinear = table(decode_alaw);

// The magnitude with the bias is a segment, the place of its highest bit, and the four bits below
// that.
uint8_t linear_to_mulaw(int sample) noexcept {
  const int magnitude = std::min(sample < 0 ? -std::max(sample, -kMost) : sample, kMost) + kBias;
  const int segment = std::bit_width(static_cast<unsigned>(magnitude)) - 8;
  const int step = magnitude >> (segment + 3) & 0x0f;
  return static_cast<uint8_t>(~((sample < 0 ? 0x80 : 0) | segment << 4 | step));
}

// Likewise, without a bias: the first segment is as long as the second.
uint8_t linear_to_alaw(int sample) noexcept {
  const int magnitude = std::min(sample < 0 ? -std::max(sample, -32767) : sample, 32767);
  const int segment =
      std::max(static_cast<int>(std::bit_width(static_cast<unsigned>(magnitude))) - 8, 0);
  const int step = magnitude >> (std::max(segment, 1) + 3) & 0x0f;
  return static_cast<uint8_t>(((sample < 0 ? 0 : 0x80) | segment << 4 | step) ^ 0x55);
}

}  // namespace jackfield
