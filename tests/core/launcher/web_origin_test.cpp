#include "serve/core/web_origin.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

TEST(WebOriginTest, ReadsHosts) {
  const auto place = parse_web_host("Voice.Example.com:8443", "https");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->host, "voice.example.com");
  EXPECT_EQ(place->port, "8443");
  EXPECT_EQ(parse_web_host("[::1]:80", "http")->host, "[::1]");
  EXPECT_EQ(parse_web_host("name", "http")->port, "80");
  EXPECT_EQ(parse_web_host("name", "wss")->port, "443");
  for (const char* wrong : {"", ":80", "name:8o", "[::1"})
    EXPECT_FALSE(parse_web_host(wrong, "http"));
}

TEST(WebOriginTest, ReadsOrigins) {
  const auto place = parse_web_origin("HTTPS://Voice.example.com/path?x#y");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->scheme, "https");
  EXPECT_EQ(place->host, "voice.example.com");
  EXPECT_EQ(place->port, "443");
  for (const char* wrong : {"null", "", "voice.example.com", "http://"})
    EXPECT_FALSE(parse_web_origin(wrong)) << wrong;
}

TEST(WebOriginTest, KnowsThisMachine) {
  for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "[::1]"})
    EXPECT_TRUE(is_own_machine(host)) << host;
  for (const char* host : {"127.0.0.1.example", "0.0.0.0", "10.0.0.1", "[::2]", "localhost."})
    EXPECT_FALSE(is_own_machine(host)) << host;
  EXPECT_TRUE(is_numeric_host("10.0.0.1"));
  EXPECT_TRUE(is_numeric_host("[2001:db8::1]"));
  EXPECT_FALSE(is_numeric_host("10.0.0.1.example"));
}
