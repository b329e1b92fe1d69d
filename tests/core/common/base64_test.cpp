#include "base64.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace jackfield {
namespace {

std::optional<std::string> decode(std::string_view text) {
  std::array<uint8_t, 256> out{};
  const auto size = base64_decode(text, out);
  if (!size) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(out.data()), *size);
}

std::string encode(std::string_view bytes) {
  std::string out;
  base64_append(out, {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  return out;
}

TEST(Base64Test, VectorsOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(encode(plain), coded);
    EXPECT_EQ(decode(coded), plain);
  }
}

TEST(Base64Test, AllBytesRoundTrip) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(decode(encode(all)), all);
}

TEST(Base64Test, RefusesRubbish) {
  for (const char* text : {"A", "AB", "ABC", "AB=C", "A===", "====", "=AAA", "AAA\n", "AA A",
                           "AA-_", "Zg==Zg==", "Zh==", "Zm9=", "\xff\xff\xff\xff", "AAAA===="}) {
    EXPECT_EQ(decode(text), std::nullopt) << text;
  }
}

TEST(Base64Test, RefusesWhatDoesNotFit) {
  std::array<uint8_t, 2> small{};
  EXPECT_FALSE(base64_decode("AAAA", small));
  EXPECT_TRUE(base64_decode("AAA=", small));
}

TEST(Base64Test, AppendsBehindWhatIsThere) {
  std::string out = "x";
  const std::vector<uint8_t> bytes{'f', 'o'};
  base64_append(out, bytes);
  EXPECT_EQ(out, "xZm8=");
}

}  // namespace
}  // namespace jackfield
