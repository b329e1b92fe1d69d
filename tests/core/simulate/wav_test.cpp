#include "simulate/core/wav.hpp"

#include <gtest/gtest.h>

#include "simulate/core/codec.hpp"

namespace jackfield::simulate {
namespace {

std::vector<std::uint8_t> pcm_file(int rate, int channels, const std::vector<std::int16_t>& data) {
  auto out = wav_header(rate, channels, static_cast<std::uint32_t>(data.size() * 2));
  for (const std::int16_t v : data) {
    out.push_back(static_cast<std::uint8_t>(v & 0xFF));
    out.push_back(static_cast<std::uint8_t>(v >> 8));
  }
  return out;
}

TEST(WavTest, ReadsWhatItWrites) {
  const auto result = parse_wav(pcm_file(16000, 1, {1, -2, 32767, -32768}));
  ASSERT_TRUE(result.audio) << result.error;
  EXPECT_EQ(result.audio->rate, 16000);
  EXPECT_EQ(result.audio->samples, (std::vector<std::int16_t>{1, -2, 32767, -32768}));
}

TEST(WavTest, StereoIsAveraged) {
  const auto result = parse_wav(pcm_file(8000, 2, {100, 300, -100, 100}));
  ASSERT_TRUE(result.audio);
  EXPECT_EQ(result.audio->samples, (std::vector<std::int16_t>{200, 0}));
}

TEST(WavTest, ReadsMulawAndSkipsOtherChunks) {
  auto file = pcm_file(8000, 1, {});
  file[20] = 7;  // mu-law
  file[34] = 8;  // bits
  file.resize(36);
  for (const char c : std::string{"LIST\x03\0\0\0abc\0data\x02\0\0\0", 20})
    file.push_back(static_cast<std::uint8_t>(c));
  file.push_back(0x80);
  file.push_back(0xFF);
  const auto result = parse_wav(file);
  ASSERT_TRUE(result.audio) << result.error;
  EXPECT_EQ(result.audio->samples, (std::vector<std::int16_t>{32124, 0}));
}

TEST(WavTest, AFileCutShortIsReadAsFarAsItGoes) {
  auto file = pcm_file(8000, 1, {1, 2, 3, 4});
  file.resize(file.size() - 3);
  const auto result = parse_wav(file);
  ASSERT_TRUE(result.audio);
  EXPECT_EQ(result.audio->samples.size(), 2u);
}

TEST(WavTest, RejectsWithAReason) {
  EXPECT_EQ(parse_wav({}).error, "is not a WAV file");
  auto file = pcm_file(8000, 1, {1, 2});
  file[8] = 'X';
  EXPECT_EQ(parse_wav(file).error, "is not a WAV file");
  EXPECT_NE(parse_wav(pcm_file(4000, 1, {1})).error.find("4000 Hz"), std::string::npos);
  EXPECT_NE(parse_wav(pcm_file(8000, 9, {1})).error.find("9 channels"), std::string::npos);
  EXPECT_EQ(parse_wav(pcm_file(8000, 1, {})).error, "holds no samples");
  file = pcm_file(8000, 1, {1, 2});
  file[34] = 24;
  EXPECT_NE(parse_wav(file).error.find("24 bits"), std::string::npos);
  file.resize(36);
  EXPECT_NE(parse_wav(file).error, "");
}

TEST(WavTest, NoTruncationCrashes) {
  const auto whole = pcm_file(8000, 2, {1, 2, 3, 4});
  for (std::size_t size = 0; size < whole.size(); ++size) parse_wav(std::span{whole}.first(size));
}

}  // namespace
}  // namespace jackfield::simulate
