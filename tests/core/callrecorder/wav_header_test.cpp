#include "wav_header.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using callrecorder::kMaxRiffDataBytes;
using callrecorder::kWavHeaderBytes;
using callrecorder::wav_header;

uint64_t number(const std::array<uint8_t, kWavHeaderBytes>& b, size_t at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= static_cast<uint64_t>(b[at + i]) << (8 * i);
  return value;
}
std::string tag(const std::array<uint8_t, kWavHeaderBytes>& b, size_t at) {
  return {b.begin() + static_cast<long>(at), b.begin() + static_cast<long>(at) + 4};
}

TEST(WavHeaderTest, SmallFileIsPlainRiff) {
  const auto b = wav_header(8000, 2, 3200);
  EXPECT_EQ(tag(b, 0), "RIFF");
  EXPECT_EQ(number(b, 4, 4), kWavHeaderBytes - 8 + 3200);
  EXPECT_EQ(tag(b, 8), "WAVE");
  EXPECT_EQ(tag(b, 12), "JUNK");
  EXPECT_EQ(number(b, 16, 4), 28u);
  EXPECT_EQ(tag(b, 48), "fmt ");
  EXPECT_EQ(number(b, 52, 4), 16u);
  EXPECT_EQ(number(b, 56, 2), 1u);
  EXPECT_EQ(number(b, 58, 2), 2u);
  EXPECT_EQ(number(b, 60, 4), 8000u);
  EXPECT_EQ(number(b, 64, 4), 32000u);
  EXPECT_EQ(number(b, 68, 2), 4u);
  EXPECT_EQ(number(b, 70, 2), 16u);
  EXPECT_EQ(tag(b, 72), "data");
  EXPECT_EQ(number(b, 76, 4), 3200u);
}

TEST(WavHeaderTest, LargestPlainFile) {
  const auto b = wav_header(8000, 2, kMaxRiffDataBytes);
  EXPECT_EQ(tag(b, 0), "RIFF");
  EXPECT_EQ(number(b, 4, 4), 0xFFFFFFFEu);
  EXPECT_EQ(number(b, 76, 4), kMaxRiffDataBytes);
}

TEST(WavHeaderTest, BeyondFourGigabytesIsRf64) {
  const uint64_t data = kMaxRiffDataBytes + 2;
  const auto b = wav_header(48000, 2, data);
  EXPECT_EQ(tag(b, 0), "RF64");
  EXPECT_EQ(number(b, 4, 4), 0xFFFFFFFFu);
  EXPECT_EQ(tag(b, 12), "ds64");
  EXPECT_EQ(number(b, 20, 8), kWavHeaderBytes - 8 + data);
  EXPECT_EQ(number(b, 28, 8), data);
  EXPECT_EQ(number(b, 36, 8), data / 4);
  EXPECT_EQ(number(b, 44, 4), 0u);
  EXPECT_EQ(tag(b, 48), "fmt ");
  EXPECT_EQ(number(b, 76, 4), 0xFFFFFFFFu);
}

}  // namespace
