#include "masking.hpp"

#include <gtest/gtest.h>

namespace {

using agentbrain::tools::Masking;
using agentbrain::tools::sounds_secret;

TEST(Masking, HiddenValuesAreNowhere) {
  Masking masking;
  masking.hide("abcdef");
  masking.hide("abcdefghi");
  masking.hide("ab");  // too short
  EXPECT_EQ(masking.text("abcdefghi abcdef ab abcdefabcdef"), "*** *** ab ******");
  EXPECT_EQ(masking.arguments(R"({"q":"is abcdef it?"})", 100), R"({"q":"is *** it?"})");
}

TEST(Masking, MembersThatSoundSecretAreHiddenAtAnyDepth) {
  const Masking masking;
  EXPECT_EQ(
      masking.arguments(R"({"user":"u","Pass-Word":"x","a":[{"apiKey":{"b":1}}],"PIN":12})", 1000),
      R"({"user":"u","Pass-Word":"***","a":[{"apiKey":"***"}],"PIN":"***"})");
  EXPECT_EQ(masking.arguments("no json", 100), "no json");
  EXPECT_EQ(masking.arguments(R"({"text":"0123456789"})", 10),
            "{\"text\":\"0\n[cut here: 11 bytes more]");
  EXPECT_TRUE(sounds_secret("GITHUB_TOKEN"));
  EXPECT_TRUE(sounds_secret("Authorization"));
  EXPECT_FALSE(sounds_secret("HOME"));
  EXPECT_FALSE(sounds_secret("shipping"));
}

}  // namespace
