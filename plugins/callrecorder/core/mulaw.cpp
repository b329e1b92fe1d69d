#include "mulaw.hpp"

#include <array>
#include <cstddef>

namespace callrecorder {
namespace {

// ITU-T G.711: the code is sent inverted; sign, three bits of segment, four of step. The bias of 33
// is in units of the 14-bit scale, hence the factor 4 for 16 bits.
constexpr int16_t decode(uint8_t code) {
  const int inverted = code ^ 0xff;
  const int segment = (inverted >> 4) & 0x07;
  const int step = inverted & 0x0f;
  const int magnitude = (((2 * step + 33) << segment) - 33) * 4;
  return static_cast<int16_t>((inverted & 0x80) ? -magnitude : magnitude);
}

constexpr std::array<int16_t, 256> make_table() {
  std::array<int16_t, 256> table{};
  for (int code = 0; code < 256; ++code) {
    table[static_cast<size_t>(code)] = decode(static_cast<uint8_t>(code));
  }
  return table;
}

constexpr std::array<int16_t, 256> kTable = make_table();

}  // namespace

int16_t mulaw_to_linear(uint8_t code) noexcept { return kTable[code]; }

}  // namespace callrecorder
