#include "simulate/io/wav_writer.hpp"

#include <glib.h>
#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include <vector>

#include "plugins/common/gstpp.hpp"
#include "simulate/core/wav.hpp"

namespace jackfield::simulate {
namespace {

std::vector<std::uint8_t> bytes_of(const std::string& path) {
  char* data = nullptr;
  gsize size = 0;
  if (!g_file_get_contents(path.c_str(), &data, &size, nullptr)) return {};
  const gstpp::CharPtr owner{data};
  return {data, data + size};
}

class WavWriterTest : public testing::Test {
 protected:
  WavWriterTest() : folder_(g_dir_make_tmp("wav-writer-XXXXXX", nullptr)) {
    path_ = std::string{folder_.get()} + G_DIR_SEPARATOR_S "a.wav";
  }
  ~WavWriterTest() override {
    g_remove(path_.c_str());
    g_rmdir(folder_.get());
  }
  gstpp::CharPtr folder_;
  std::string path_;
};

TEST_F(WavWriterTest, WritesAFileThatReadsBack) {
  WavWriter writer;
  ASSERT_EQ(writer.open(path_, 8000, 2), "");
  writer.write(std::vector<std::int16_t>{100, 300});
  writer.write(std::vector<std::int16_t>{-100, 100});
  EXPECT_TRUE(writer.close());
  const auto result = parse_wav(bytes_of(path_));
  ASSERT_TRUE(result.audio) << result.error;
  EXPECT_EQ(result.audio->samples, (std::vector<std::int16_t>{200, 0}));
}

TEST_F(WavWriterTest, TheHeaderIsRightWhileTheFileGrows) {
  WavWriter writer;
  ASSERT_EQ(writer.open(path_, 8000, 1), "");
  writer.write(std::vector<std::int16_t>(9000, 5));
  const auto bytes = bytes_of(path_);
  ASSERT_GE(bytes.size(), 44u);
  EXPECT_EQ(bytes[40] | bytes[41] << 8, 18000);
  EXPECT_EQ(parse_wav(bytes).audio->samples.size(), 9000u);
}

TEST_F(WavWriterTest, SaysWhyItCannotWrite) {
  WavWriter writer;
  EXPECT_NE(writer.open(path_ + "/no/such", 8000, 1), "");
  writer.write(std::vector<std::int16_t>{1});
  EXPECT_TRUE(writer.close());
}

}  // namespace
}  // namespace jackfield::simulate
