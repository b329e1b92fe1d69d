#include "g711.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace jackfield {
namespace {

// The decoder of ITU-T G.711, by its definition.
int linear_of(uint8_t code) {
  const int bits = code ^ 0xFF;
  const int magnitude = (((bits & 0x0F) << 3) + 132) << ((bits >> 4) & 7);
  return (bits & 0x80) ? 132 - magnitude : magnitude - 132;
}

TEST(G711Test, KnownCodes) {
  EXPECT_EQ(linear_to_mulaw(0), 0xFF);
  EXPECT_EQ(linear_to_mulaw(32767), 0x80);
  EXPECT_EQ(linear_to_mulaw(-32768), 0x00);
  EXPECT_EQ(linear_to_mulaw(-1), 0x7F);
  EXPECT_EQ(linear_to_mulaw(1000), 0xCE);
}

// What was mu-law once is so again, without a loss. Code 0x7F is a second zero.
TEST(G711Test, EveryCodeComesBack) {
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<uint8_t>(code);
    if (byte == 0x7F) continue;
    EXPECT_EQ(linear_to_mulaw(static_cast<int16_t>(linear_of(byte))), byte);
  }
}

TEST(G711Test, EverySampleGetsTheNearestStep) {
  for (int sample = -32768; sample <= 32767; ++sample) {
    const int clipped = std::abs(sample) > 32635 ? (sample < 0 ? -32635 : 32635) : sample;
    const int off = std::abs(linear_of(linear_to_mulaw(static_cast<int16_t>(sample))) - clipped);
    // Half of the step of its segment.
    int step = 8;
    for (int top = 256; std::abs(clipped) + 132 >= top; top *= 2) step = top / 16;
    ASSERT_LE(off, step / 2 + 1) << sample;
  }
}

}  // namespace
}  // namespace jackfield
