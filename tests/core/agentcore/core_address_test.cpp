#include "core_address.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using agentcore::is_token;
using agentcore::read_address;

TEST(CoreAddress, TellsWhatIsOnThisMachine) {
  for (const char* own : {"127.0.0.1:50051", "127.1.2.3:1", "localhost:50051", "[::1]:50051",
                          "unix:/run/core.socket"}) {
    EXPECT_TRUE(read_address(own).this_host) << own;
  }
  for (const char* other : {"core.example.com:50051", "10.0.0.1:50051", "[fe80::1]:50051",
                            "127.0.0.1.example.com:50051", "localhost.example.com:1"}) {
    EXPECT_FALSE(read_address(other).this_host) << other;
  }
  EXPECT_EQ(read_address("localhost:50051").target, "dns:///localhost:50051");
  EXPECT_EQ(read_address("[::1]:50051").target, "ipv6:[::1]:50051");
}

TEST(CoreAddress, MistakesAreNamed) {
  for (const char* wrong :
       {"", "localhost", ":50051", "localhost:", "localhost:0", "localhost:70000", "localhost:5x",
        "dns:///x:1", "xds:///core:1", "host/path:1", "a b:1", "[]:1", "unix:relative", "::1:5",
        "http://localhost:1"}) {
    EXPECT_THROW(read_address(wrong), std::invalid_argument) << wrong;
  }
}

TEST(CoreAddress, TokensThatCanBeSent) {
  EXPECT_TRUE(is_token("abc-DEF_123.~+/="));
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("a b"));
  EXPECT_FALSE(is_token("a\nb"));
  EXPECT_FALSE(is_token("\xC3\xA4"));
  EXPECT_FALSE(is_token(std::string(5000, 'a')));
}

}  // namespace
