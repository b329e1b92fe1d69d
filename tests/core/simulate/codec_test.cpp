#include "simulate/core/codec.hpp"

#include <gtest/gtest.h>

namespace jackfield::simulate {
namespace {

std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

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
