#include "g711.hpp"

#include <gtest/gtest.h>

#include <array>
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace jackfield {
namespace {

// Table 2a of ITU-T G.711 (mu-law), positive values on the scale of 14 bits: where each segment of
// 16 steps begins. The first step of the first segment is half as wide and stands for 0.
constexpr std::array<int, 9> kMulawSegments{-1, 31, 95, 223, 479, 991, 2015, 4063, 8159};
// Table 1a (A-law), 13 bits.
constexpr std::array<int, 9> kAlawSegments{0, 32, 64, 128, 256, 512, 1024, 2048, 4096};

// The value at the decoder's output, of the middle of a step.
int table_value(const std::array<int, 9>& segments, int segment, int step) {
  const auto at = static_cast<size_t>(segment);
  const int width = (segments[at + 1] - segments[at]) / 16;
  return segments[at] + width * step + width / 2;
}

TEST(G711Test, MulawIsTable2a) {
  for (int number = 0; number < 128; ++number) {
    const int linear = 4 * table_value(kMulawSegments, number / 16, number % 16);
    EXPECT_EQ(mulaw_to_linear(static_cast<uint8_t>(0xff - number)), linear) << number;
    EXPECT_EQ(mulaw_to_linear(static_cast<uint8_t>(0x7f - number)), -linear) << number;
  }
}

TEST(G711Test, AlawIsTable1a) {
  for (int number = 0; number < 128; ++number) {
    const int linear = 8 * table_value(kAlawSegments, number / 16, number % 16);
    EXPECT_EQ(alaw_to_linear(static_cast<uint8_t>((0x80 | number) ^ 0x55)), linear) << number;
    EXPECT_EQ(alaw_to_linear(static_cast<uint8_t>(number ^ 0x55)), -linear) << number;
  }
}

// Values that are printed in the tables: code, and the decoder's output y_n.
TEST(G711Test, PrintedValues) {
  using Printed = std::pair<int, int>;
  for (const auto& [code, value] :
       {Printed{0b10000000, 8031}, Printed{0b10001111, 4191}, Printed{0b10011111, 2079},
        Printed{0b10101111, 1023}, Printed{0b10111111, 495}, Printed{0b11001111, 231},
        Printed{0b11011111, 99}, Printed{0b11101111, 33}, Printed{0b11111110, 2},
        Printed{0b11111111, 0}}) {
    EXPECT_EQ(mulaw_to_linear(static_cast<uint8_t>(code)), 4 * value) << code;
  }
  // The code before every other bit is inverted, as the table has it.
  for (const auto& [code, value] :
       {Printed{0b11111111, 4032}, Printed{0b11110000, 2112}, Printed{0b11100000, 1056},
        Printed{0b11010000, 528}, Printed{0b11000000, 264}, Printed{0b10110000, 132},
        Printed{0b10100000, 66}, Printed{0b10000000, 1}}) {
    EXPECT_EQ(alaw_to_linear(static_cast<uint8_t>(code ^ 0x55)), 8 * value) << code;
  }
}

// What was mu-law once is so again, without a loss. Code 0x7F is a second zero.
TEST(G711Test, EveryCodeComesBack) {
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<uint8_t>(code);
    if (byte == 0x7f) continue;
    EXPECT_EQ(linear_to_mulaw(mulaw_to_linear(byte)), byte);
  }
  EXPECT_EQ(linear_to_mulaw(0), kMulawSilence);
  EXPECT_EQ(linear_to_mulaw(-1), 0x7f);
}

TEST(G711Test, EveryCodeOfAlawComesBack) {
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<uint8_t>(code);
    EXPECT_EQ(linear_to_alaw(alaw_to_linear(byte)), byte);
  }
  EXPECT_EQ(linear_to_alaw(0), kAlawSilence);
}

TEST(G711Test, EverySampleGetsTheNearestStepOfAlaw) {
  for (int sample = -32768; sample <= 32767; ++sample) {
    int step = 16;
    for (int top = 512; std::abs(sample) >= top; top *= 2) step = top / 16;
    ASSERT_LE(std::abs(alaw_to_linear(linear_to_alaw(sample)) - sample), step / 2 + 1) << sample;
  }
  for (const int sample : {32767, 32768, INT_MAX}) EXPECT_EQ(linear_to_alaw(sample), 0xaa);
  for (const int sample : {-32767, -32769, INT_MIN}) EXPECT_EQ(linear_to_alaw(sample), 0x2a);
}

TEST(G711Test, EverySampleGetsTheNearestStep) {
  for (int sample = -32768; sample <= 32767; ++sample) {
    const int clipped = std::abs(sample) > 32635 ? (sample < 0 ? -32635 : 32635) : sample;
    const int off = std::abs(mulaw_to_linear(linear_to_mulaw(sample)) - clipped);
    // Half of the step of its segment.
    int step = 8;
    for (int top = 256; std::abs(clipped) + 132 >= top; top *= 2) step = top / 16;
    ASSERT_LE(off, step / 2 + 1) << sample;
  }
}

TEST(G711Test, WhatIsTooLoudBecomesTheOutermostCode) {
  for (const int sample : {32636, 32767, 32768, INT_MAX})
    EXPECT_EQ(linear_to_mulaw(sample), 0x80) << sample;
  for (const int sample : {-32636, -32768, -32769, INT_MIN})
    EXPECT_EQ(linear_to_mulaw(sample), 0x00) << sample;
}

}  // namespace
}  // namespace jackfield
