#include "mulaw.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using callrecorder::mulaw_to_linear;

// Values of the decision table of ITU-T G.711 (table 2a), scaled from 14 to 16 bits.
TEST(MulawTest, KnownCodes) {
  EXPECT_EQ(mulaw_to_linear(0xff), 0);
  EXPECT_EQ(mulaw_to_linear(0x7f), 0);
  EXPECT_EQ(mulaw_to_linear(0x80), 32124);
  EXPECT_EQ(mulaw_to_linear(0x00), -32124);
  EXPECT_EQ(mulaw_to_linear(0xfe), 8);
  EXPECT_EQ(mulaw_to_linear(0xf0), 120);
  EXPECT_EQ(mulaw_to_linear(0xef), 132);
}

TEST(MulawTest, RisesFromSilenceToFullScale) {
  for (int code = 0xff; code > 0x80; --code) {
    EXPECT_LT(mulaw_to_linear(static_cast<uint8_t>(code)),
              mulaw_to_linear(static_cast<uint8_t>(code - 1)));
    EXPECT_EQ(mulaw_to_linear(static_cast<uint8_t>(code)),
              -mulaw_to_linear(static_cast<uint8_t>(code & 0x7f)));
  }
}

}  // namespace
