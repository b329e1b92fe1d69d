#include "webrtc/core/ice_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace jackfield::webrtc {
namespace {

TEST(IceTextTest, UsableCandidates) {
  for (const char* text :
       {"candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host generation 0",
        "a=candidate:1 1 UDP 2122260223 192.0.2.1 5000 typ srflx raddr 0.0.0.0 rport 0",
        "candidate:1 1 tcp 1 2001:db8::1 9 typ host tcptype active",
        "candidate:4 1 udp 1 2aa22b82-45b9-41e1-9d6c-2e3f8a4e4a2b.local 5000 typ host"})
    EXPECT_TRUE(usable_candidate(text)) << text;
  for (const char* text :
       {"", "candidate:", "candidate:1 1 udp 1 evil.example.org 5000 typ host",
        "candidate:1 1 udp 1 .local 5000 typ host", "candidate:1 1 udp 1 a.b.local 5000 typ host",
        "candidate:1 1 udp 1 192.0.2.1 70000 typ host", "candidate:1 1 udp 1 192.0.2 5000 typ host",
        "candidate:1 1 udp 1 192.0.2.1. 5000 typ host",
        "candidate:1 1 udp 1 192.0.2.300 5 typ host",
        "candidate:1 1 sctp 1 192.0.2.1 5000 typ host",
        "candidate:1 1 udp 1 192.0.2.1 5000 typ magic",
        "candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\na=x"})
    EXPECT_FALSE(usable_candidate(text)) << text;
  EXPECT_FALSE(
      usable_candidate("candidate:1 1 udp 1 192.0.2.1 5000 typ host " + std::string(600, 'x')));
}

TEST(IceTextTest, UsableCredentials) {
  const std::string password = "0123456789012345678901";
  EXPECT_TRUE(usable_ice_credentials("abcd", password));
  EXPECT_TRUE(usable_ice_credentials("Ab+/", "abcdefghijklmnopqrstuv+/"));
  EXPECT_TRUE(usable_ice_credentials(std::string(256, 'u'), std::string(256, 'p')));
  EXPECT_FALSE(usable_ice_credentials("abc", password));
  EXPECT_FALSE(usable_ice_credentials("abcd", password.substr(1)));
  EXPECT_FALSE(usable_ice_credentials(std::string(257, 'u'), password));
  EXPECT_FALSE(usable_ice_credentials("abcd", std::string(257, 'p')));
  EXPECT_FALSE(usable_ice_credentials("ab d", password));
  EXPECT_FALSE(usable_ice_credentials("abcd", "0123456789012345678\r\na=b"));
  EXPECT_FALSE(usable_ice_credentials("", ""));
}

}  // namespace
}  // namespace jackfield::webrtc
