#include "utf8.hpp"

#include <gtest/gtest.h>

namespace {

using namespace jackfield;

std::vector<char32_t> decode(std::string_view text) {
  std::vector<char32_t> out;
  for (std::size_t at = 0; at < text.size();) out.push_back(decode_utf8(text, at));
  return out;
}

TEST(Utf8Test, DecodesEveryLength) {
  EXPECT_EQ(decode("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
            (std::vector<char32_t>{U'a', U'\u00E9', U'\u20AC', U'\U0001F600'}));
}

TEST(Utf8Test, BrokenBytesAreTakenOneByOne) {
  EXPECT_EQ(decode("\xFFz"), (std::vector<char32_t>{kInvalidUtf8, U'z'}));
  EXPECT_EQ(decode("\xC3"), (std::vector<char32_t>{kInvalidUtf8}));
  EXPECT_EQ(decode("\xC0\x80"), (std::vector<char32_t>{kInvalidUtf8, kInvalidUtf8}));  // overlong
  EXPECT_EQ(decode("\xED\xA0\x80").size(), 3u);                                        // surrogate
  EXPECT_EQ(decode("\xF4\x90\x80\x80").size(), 4u);  // beyond U+10FFFF
}

TEST(Utf8Test, WhatIsAppendedDecodesAgain) {
  for (const char32_t c : {U'a', U'\u00E9', U'\u20AC', U'\U0001F600'}) {
    std::string text;
    append_utf8(text, c);
    EXPECT_EQ(decode(text), std::vector<char32_t>{c});
  }
}

TEST(Utf8Test, TruncatingKeepsCharactersWhole) {
  EXPECT_EQ(truncate_utf8("caf\xC3\xA9", 4), "caf");
  EXPECT_EQ(truncate_utf8("caf\xC3\xA9", 5), "caf\xC3\xA9");
  EXPECT_EQ(truncate_utf8("\xC3\xA9", 0), "");
}

}  // namespace
