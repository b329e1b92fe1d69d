#include "records/waveform.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace {

using jackfield::Envelope;
using jackfield::read_waveform;
using jackfield::WavReader;

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// `samples` interleaved.
std::string wav(const std::vector<int>& samples, unsigned channels) {
  std::string data;
  for (const int sample : samples) data += little_endian(static_cast<std::uint64_t>(sample), 2);
  const std::string body = "WAVEfmt " + little_endian(16, 4) + little_endian(1, 2) +
                           little_endian(channels, 2) + little_endian(8000, 4) +
                           little_endian(16000 * channels, 4) + little_endian(2 * channels, 2) +
                           little_endian(16, 2) + "data" + little_endian(data.size(), 4) + data;
  return "RIFF" + little_endian(body.size(), 4) + body;
}

std::vector<Envelope> waveform(const std::string& file, std::size_t points) {
  std::istringstream stream{file};
  std::string error;
  auto reader = WavReader::open(stream, error);
  EXPECT_TRUE(reader) << error;
  std::vector<Envelope> channels;
  EXPECT_TRUE(read_waveform(*reader, points, channels));
  return channels;
}

std::string text(const Envelope& envelope) {
  std::string out;
  for (const Envelope::Range& range : envelope.ranges)
    out += std::to_string(range.low) + ".." + std::to_string(range.high) + " ";
  return out;
}

TEST(Waveform, EachPointIsAnEqualPart) {
  const auto channels = waveform(wav({1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6}, 2), 3);
  ASSERT_EQ(channels.size(), 2u);
  EXPECT_EQ(text(channels[0]), "0..2 0..4 0..6 ");
  EXPECT_EQ(text(channels[1]), "-2..0 -4..0 -6..0 ");
}

TEST(Waveform, EveryFrameCountsOnce) {
  std::vector<int> samples(10007);
  samples[0] = 7;
  samples[10006] = -9;
  for (const std::size_t points : {1u, 2u, 7u, 999u, 1000u, 10006u}) {
    const auto channels = waveform(wav(samples, 1), points);
    ASSERT_EQ(channels.size(), 1u);
    ASSERT_EQ(channels[0].ranges.size(), points);
    EXPECT_EQ(channels[0].ranges.front().high, 7) << points;
    EXPECT_EQ(channels[0].ranges.back().low, -9) << points;
  }
}

TEST(Waveform, NoMorePointsThanFrames) {
  EXPECT_EQ(text(waveform(wav({5, -5}, 1), 1000).at(0)), "0..5 -5..0 ");
  EXPECT_EQ(text(waveform(wav({}, 1), 1000).at(0)), "0..0 ");
  EXPECT_EQ(waveform(wav({5, -5}, 1), 0).at(0).ranges.size(), 1u);
}

TEST(Waveform, AFileCutOffIsNotedAsThat) {
  std::string file = wav(std::vector<int>(20000, 5), 1);
  std::stringstream stream{file};
  std::string error;
  auto reader = WavReader::open(stream, error);
  ASSERT_TRUE(reader);
  stream.str(file.substr(0, 20000));
  std::vector<Envelope> channels;
  EXPECT_FALSE(read_waveform(*reader, 100, channels));
}

}  // namespace
