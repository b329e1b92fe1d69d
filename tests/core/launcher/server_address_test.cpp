#include "client/core/server_address.hpp"

#include <gtest/gtest.h>

namespace jackfield::client {
namespace {

ServerAddress good(std::string_view text) {
  const auto read = read_server_address(text);
  EXPECT_TRUE(std::holds_alternative<ServerAddress>(read)) << text;
  const auto* address = std::get_if<ServerAddress>(&read);
  return address ? *address : ServerAddress{};
}

TEST(ServerAddressTest, AddressesAsPeopleWriteThem) {
  EXPECT_EQ(good("http://127.0.0.1:8080").http, "http://127.0.0.1:8080");
  EXPECT_EQ(good("http://127.0.0.1:8080/").websocket, "ws://127.0.0.1:8080");
  EXPECT_EQ(good("https://voice.example.com").websocket, "wss://voice.example.com");
  EXPECT_EQ(good("https://example.com/agent//").http, "https://example.com/agent");
  EXPECT_TRUE(good("https://example.com").secure);
  EXPECT_FALSE(good("http://[::1]:80").secure);
  EXPECT_EQ(good("http://[::1]").http, "http://[::1]");
}

TEST(ServerAddressTest, WhatIsNoneIsNamed) {
  for (const char* text :
       {"", "127.0.0.1:8080", "ftp://x", "http://", "https:///path", "http://a b", "http://a\n",
        "http://host:port", "http://host:99999", "http://host:", "http://me:pw@host/",
        "http://host/?a=b", "http://host/#a", "ws://host", "http://h\xC3\xB6st"}) {
    const auto read = read_server_address(text);
    const auto* problem = std::get_if<AddressProblem>(&read);
    ASSERT_TRUE(problem) << text;
    EXPECT_NE(problem->text.find("http://127.0.0.1:8080"), std::string::npos) << problem->text;
    EXPECT_EQ(problem->text.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace jackfield::client
