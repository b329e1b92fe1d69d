#include "simulate/core/codec.hpp"

#include <gtest/gtest.h>

namespace jackfield::simulate {
namespace {

std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

TEST(MulawTest, KnownCodes) {
  // ITU-T G.711, table 2: the extremes and the two zeros.
  EXPECT_EQ(mulaw_decode(0x00), -32124);
  EXPECT_EQ(mulaw_decode(0x80), 32124);
  EXPECT_EQ(mulaw_decode(0xFF), 0);
  EXPECT_EQ(mulaw_encode(0), 0xFF);
  EXPECT_EQ(mulaw_encode(32767), 0x80);
  EXPECT_EQ(mulaw_encode(-32768), 0x00);
}

TEST(MulawTest, EveryCodeSurvivesARoundTrip) {
  for (int code = 0; code < 256; ++code) {
    if (code == 0x7F) continue;  // negative zero becomes zero
    EXPECT_EQ(mulaw_encode(mulaw_decode(static_cast<std::uint8_t>(code))), code);
  }
}

TEST(MulawTest, ErrorStaysWithinHalfAStep) {
  for (int v = -32000; v <= 32000; v += 7) {
    const int back = mulaw_decode(mulaw_encode(static_cast<std::int16_t>(v)));
    EXPECT_LE(std::abs(back - v), 4 + std::abs(v) / 30) << v;
  }
}

TEST(AlawTest, KnownCodes) {
  EXPECT_EQ(alaw_decode(0xD5), 8);
  EXPECT_EQ(alaw_decode(0x55), -8);
  EXPECT_EQ(alaw_decode(0xAA), 32256);
  EXPECT_EQ(alaw_decode(0x2A), -32256);
}

TEST(Base64Test, VectorsOfRfc4648) {
  const std::pair<const char*, const char*> kVectors[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : kVectors) {
    std::string out;
    base64_append(out, bytes(plain));
    EXPECT_EQ(out, coded);
    EXPECT_EQ(base64_decode(coded), bytes(plain));
  }
}

TEST(Base64Test, EveryByteSurvives) {
  std::vector<std::uint8_t> all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::uint8_t>(i));
  std::string out;
  base64_append(out, all);
  EXPECT_EQ(base64_decode(out), all);
}

TEST(Base64Test, RejectsWhatIsNotBase64) {
  for (const char* bad : {"Zg", "Zg=", "Z", "Z===", "====", "Zm9v\n", "Zm 9v", "Zm9_",
                          "Zg==Zg==", "Z=g=", "\xff\xff\xff\xff"})
    EXPECT_FALSE(base64_decode(bad)) << bad;
}

}  // namespace
}  // namespace jackfield::simulate
