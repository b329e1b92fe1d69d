#include "records/wav_reader.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace {

using jackfield::WavReader;

std::string le(std::uint64_t value, int bytes) {
  std::string s;
  for (int i = 0; i < bytes; ++i) s += static_cast<char>(value >> (8 * i));
  return s;
}
std::string format(unsigned channels = 2, unsigned rate = 8000, unsigned bits = 16,
                   unsigned tag = 1) {
  return "fmt " + le(16, 4) + le(tag, 2) + le(channels, 2) + le(rate, 4) +
         le(rate * channels * bits / 8, 4) + le(channels * bits / 8, 2) + le(bits, 2);
}
std::string data_chunk(const std::string& bytes) { return "data" + le(bytes.size(), 4) + bytes; }
std::string riff(const std::string& chunks) {
  return "RIFF" + le(chunks.size() + 4, 4) + "WAVE" + chunks;
}
std::string problem_of(const std::string& file) {
  std::istringstream in{file};
  std::string error;
  const bool opened = WavReader::open(in, error).has_value();
  EXPECT_EQ(opened, error.empty());
  return error;
}

TEST(WavReaderTest, ReadsFramesInPieces) {
  std::istringstream in{riff("JUNK" + le(3, 4) + std::string(4, 'x') + format() +
                             data_chunk(le(1, 2) + le(0xFFFF, 2) + le(2, 2) + le(0x8000, 2)) +
                             "LIST" + le(0, 4))};
  std::string error;
  auto reader = WavReader::open(in, error);
  ASSERT_TRUE(reader) << error;
  EXPECT_EQ(reader->rate(), 8000u);
  EXPECT_EQ(reader->channels(), 2u);
  EXPECT_EQ(reader->frames(), 2u);
  std::vector<std::int16_t> samples(3);  // room for one frame
  ASSERT_EQ(reader->read(samples), 1u);
  EXPECT_EQ(samples[0], 1);
  EXPECT_EQ(samples[1], -1);
  ASSERT_EQ(reader->read(samples), 1u);
  EXPECT_EQ(samples[1], -32768);
  EXPECT_EQ(reader->read(samples), 0u);
}

TEST(WavReaderTest, ReadsMonoAndLongData) {
  std::string bytes;
  for (unsigned i = 0; i < 20000; ++i) bytes += le(i, 2);
  std::istringstream in{riff(format(1) + data_chunk(bytes))};
  std::string error;
  auto reader = WavReader::open(in, error);
  ASSERT_TRUE(reader) << error;
  std::vector<std::int16_t> samples(20000);
  ASSERT_EQ(reader->read(samples), 20000u);
  for (int i = 0; i < 20000; ++i) ASSERT_EQ(samples[static_cast<std::size_t>(i)], i);
}

TEST(WavReaderTest, ReadsRf64) {
  const std::string body = "ds64" + le(28, 4) + le(28 + 8 + 24 + 8 + 8 + 4, 8) + le(8, 8) +
                           le(2, 8) + le(0, 4) + format() + "data" + le(0xFFFFFFFF, 4) +
                           std::string(8, '\1');
  EXPECT_EQ(problem_of("RF64" + le(0xFFFFFFFF, 4) + "WAVE" + body), "");
  EXPECT_NE(problem_of("RF64" + le(0xFFFFFFFF, 4) + "WAVE" + body.substr(0, body.size() - 4)), "");
}

TEST(WavReaderTest, RefusesBadFiles) {
  const std::string good = riff(format() + data_chunk(std::string(8, '\0')));
  EXPECT_EQ(problem_of(good), "");
  for (std::size_t n = 0; n < good.size(); ++n) EXPECT_NE(problem_of(good.substr(0, n)), "") << n;
  EXPECT_NE(problem_of("RIFX" + good.substr(4)), "");
  EXPECT_NE(problem_of(riff(data_chunk(std::string(8, '\0')))), "");
  EXPECT_NE(problem_of(riff(format())), "");
  EXPECT_NE(problem_of(riff(format(3) + data_chunk(""))), "");
  EXPECT_NE(problem_of(riff(format(2, 0) + data_chunk(""))), "");
  EXPECT_NE(problem_of(riff(format(2, 8000, 8) + data_chunk(""))), "");
  EXPECT_NE(problem_of(riff(format(2, 8000, 16, 3) + data_chunk(""))), "");
  EXPECT_NE(problem_of(riff(format() + data_chunk(std::string(6, '\0')))), "");
  EXPECT_NE(problem_of(riff("fmt " + le(0xFFFFFFF0, 4) + data_chunk(""))), "");
}

}  // namespace
