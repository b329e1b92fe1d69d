#include "unspoken_text.hpp"

#include <gtest/gtest.h>

namespace agentbrain {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
const std::vector<std::string> kTexts = {"One two three.", "Four five."};

TEST(UnspokenText, IsAllWhenNothingCame) {
  EXPECT_EQ(unspoken_text(kTexts, 0, 0), "One two three. Four five.");
  EXPECT_EQ(unspoken_text({}, 0, 0), "");
  EXPECT_EQ(unspoken_text({}, 3, kSecond), "");
}

TEST(UnspokenText, BeginsBehindTheWordsThatCame) {
  EXPECT_EQ(unspoken_text(kTexts, 1, kSecond), "two three. Four five.");
  EXPECT_EQ(unspoken_text(kTexts, 3, kSecond), "Four five.");
  EXPECT_EQ(unspoken_text(kTexts, 5, kSecond), "");
  EXPECT_EQ(unspoken_text(kTexts, 50, kSecond), "");
}

TEST(UnspokenText, IsEstimatedByTheAudioWithoutWords) {
  EXPECT_EQ(unspoken_text(kTexts, 0, kSecond / 10), "One two three. Four five.");
  EXPECT_EQ(unspoken_text(kTexts, 0, kSecond * 2 / 5), "two three. Four five.");  // 6 characters
  EXPECT_EQ(unspoken_text(kTexts, 0, kSecond), "Four five.");                     // 15
  EXPECT_EQ(unspoken_text(kTexts, 0, 10 * kSecond), "");
}

}  // namespace
}  // namespace agentbrain
