#include "control/core/access_rules.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Access local(std::string_view host, std::string_view origin = "", std::string_view site = "") {
  return access_without_token(
      {.from_this_machine = true, .tls = false, .host = host, .origin = origin, .fetch_site = site},
      false);
}

AccessRequest at_home(bool from_this_machine) {
  AccessRequest request;
  request.from_this_machine = from_this_machine;
  request.host = "127.0.0.1:8080";
  return request;
}

}  // namespace

TEST(AccessTest, ProgramsOfThisMachineMayUseIt) {
  for (const char* host :
       {"127.0.0.1:8080", "localhost:8080", "localhost", "[::1]:8080", "127.1.2.3", "LOCALHOST:80"})
    EXPECT_EQ(local(host), Access::kGranted) << host;
}

TEST(AccessTest, NobodyElseWithoutAToken) {
  EXPECT_EQ(access_without_token(at_home(false), false), Access::kNotThisMachine);
  EXPECT_EQ(access_without_token(at_home(true), true), Access::kNoTokenSet);
}

TEST(AccessTest, ANameThatWasMadeToPointHereIsNoWayIn) {
  for (const char* host :
       {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example",
        "192.168.1.7:8080", "0.0.0.0:8080", "", "127.0.0.1:80x", "[::1", "[::2]:8080",
        "127.0.0.1@evil.example", "localhost.", "127.0.0.256", "127.0.1"})
    EXPECT_EQ(local(host), Access::kForeignHost) << host;
}

TEST(AccessTest, PagesOnlyWhenTheyAreTheServersOwn) {
  EXPECT_EQ(local("127.0.0.1:8080", "http://127.0.0.1:8080", "same-origin"), Access::kGranted);
  EXPECT_EQ(local("localhost", "http://localhost"), Access::kGranted);
  // The scheme has its own port, and is a part of the origin.
  const auto by_tls = [](std::string_view host, std::string_view origin) {
    return access_without_token(
        {.from_this_machine = true, .tls = true, .host = host, .origin = origin, .fetch_site = {}},
        false);
  };
  EXPECT_EQ(by_tls("localhost:8443", "https://localhost:8443"), Access::kGranted);
  EXPECT_EQ(by_tls("localhost", "https://localhost:443"), Access::kGranted);
  EXPECT_EQ(by_tls("localhost:8443", "http://localhost:8443"), Access::kForeignOrigin);
  EXPECT_EQ(local("localhost", "https://localhost"), Access::kForeignOrigin);
  for (const char* origin :
       {"http://127.0.0.1:3000", "http://localhost:8080", "http://evil.example", "null", "file://",
        "http://127.0.0.1", "http://127.0.0.1:8080.evil.example", "http://[::1]:8080", "x"})
    EXPECT_EQ(local("127.0.0.1:8080", origin), Access::kForeignOrigin) << origin;
}

TEST(AccessTest, WhatABrowserFetchesForForeignPagesIsRefusedWithoutAnOriginToo) {
  EXPECT_EQ(local("127.0.0.1:8080", "", "none"), Access::kGranted);
  EXPECT_EQ(local("127.0.0.1:8080", "", "cross-site"), Access::kForeignOrigin);
  EXPECT_EQ(local("127.0.0.1:8080", "", "same-site"), Access::kForeignOrigin);
  EXPECT_EQ(local("127.0.0.1:8080", "http://127.0.0.1:8080", "cross-site"), Access::kForeignOrigin);
}

TEST(AccessTest, SocketsWhoseTokenFollowsAreForPagesOfTheServer) {
  EXPECT_TRUE(page_may_connect("", "voice.example.com", ""));
  EXPECT_TRUE(page_may_connect("https://voice.example.com", "voice.example.com", ""));
  EXPECT_TRUE(
      page_may_connect("https://voice.example.com", "10.0.0.7:8080", "https://voice.example.com"));
  EXPECT_FALSE(
      page_may_connect("https://evil.example", "voice.example.com", "https://voice.example.com"));
  EXPECT_FALSE(page_may_connect("null", "voice.example.com", ""));
}

TEST(WrongTokensTest, TenAtOnceThenOneEachSixSeconds) {
  WrongTokens wrong;
  std::int64_t now = 5 * kSecond;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(wrong.may_answer("10.0.0.1", now)) << i;
    wrong.wrong("10.0.0.1", now);
  }
  EXPECT_FALSE(wrong.may_answer("10.0.0.1", now));
  EXPECT_TRUE(wrong.may_answer("10.0.0.2", now));
  EXPECT_FALSE(wrong.may_answer("10.0.0.1", now + 5 * kSecond));
  now += 6 * kSecond;
  EXPECT_TRUE(wrong.may_answer("10.0.0.1", now));
  wrong.wrong("10.0.0.1", now);
  EXPECT_FALSE(wrong.may_answer("10.0.0.1", now));
  // All of the burst after a minute.
  now += 60 * kSecond;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(wrong.may_answer("10.0.0.1", now)) << i;
    wrong.wrong("10.0.0.1", now);
  }
  EXPECT_FALSE(wrong.may_answer("10.0.0.1", now));
}

TEST(WrongTokensTest, ForgetsWhoWasNotHeardOfForLongest) {
  WrongTokens wrong;
  const auto address = [](std::size_t number) { return "a" + std::to_string(number); };
  for (std::size_t i = 0; i < WrongTokens::kAddresses; ++i)
    for (unsigned j = 0; j < WrongTokens::kBurst; ++j) wrong.wrong(address(i), 0);
  wrong.wrong(address(0), 1);
  wrong.wrong("new", 2);
  EXPECT_EQ(wrong.addresses(), WrongTokens::kAddresses);
  EXPECT_FALSE(wrong.may_answer(address(0), 3));
  EXPECT_TRUE(wrong.may_answer(address(1), 3));
  EXPECT_FALSE(wrong.may_answer(address(2), 3));
}
