#include "header_name.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;

TEST(HeaderName, IsMadeOfWhatTheProtocolAllows) {
  EXPECT_TRUE(is_header_name("Mcp-Param-Region"));
  EXPECT_TRUE(is_header_name("!#$%&'*+-.^_`|~09"));
  for (const char* name : {"", "a b", "a:b", "a\r\nHost", "\xC3\x84", "(a)"})
    EXPECT_FALSE(is_header_name(name)) << name;
}

TEST(HeaderName, TheCaseOfLettersDoesNotMatter) {
  EXPECT_TRUE(same_header_name("Content-Type", "content-TYPE"));
  EXPECT_FALSE(same_header_name("Content-Type", "Content-Typ"));
  EXPECT_FALSE(same_header_name("@", "`"));
}

}  // namespace
