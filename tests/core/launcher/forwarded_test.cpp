#include "serve/core/forwarded.hpp"

#include <gtest/gtest.h>

#include <set>

namespace jackfield {
namespace {

const std::set<std::string> kProxies{"10.0.0.1", "10.0.0.2", "::1"};

std::string client(const std::string& peer, std::string_view forwarded) {
  return client_address(
      peer, forwarded, [](const std::string& address) { return kProxies.contains(address); },
      [](std::string_view text) {
        const bool good = text.find_first_not_of("0123456789.:abcdef") == std::string_view::npos;
        return good ? std::string{text} : std::string{};
      });
}

TEST(ForwardedTest, AStrangerIsNotBelieved) {
  EXPECT_EQ(client("192.0.2.1", "1.2.3.4"), "192.0.2.1");
  EXPECT_EQ(client("192.0.2.1", ""), "192.0.2.1");
}

TEST(ForwardedTest, TheRightmostThatIsNoProxyIsTheClient) {
  EXPECT_EQ(client("10.0.0.1", "192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client("10.0.0.1", "1.1.1.1, 192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client("10.0.0.1", "1.1.1.1,192.0.2.7 , 10.0.0.2"), "192.0.2.7");
  EXPECT_EQ(client("::1", "2001:db8::5"), "2001:db8::5");
}

TEST(ForwardedTest, StopsAtWhatIsNoAddress) {
  EXPECT_EQ(client("10.0.0.1", ""), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", "unknown"), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", "1.1.1.1, _hidden, 10.0.0.2"), "10.0.0.2");
  EXPECT_EQ(client("10.0.0.1", "1.1.1.1,"), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", "10.0.0.2"), "10.0.0.2");
}

TEST(ForwardedTest, APortMayStandBehindIt) {
  EXPECT_EQ(client("10.0.0.1", "192.0.2.7:4711"), "192.0.2.7");
  EXPECT_EQ(client("10.0.0.1", "[2001:db8::5]:4711"), "2001:db8::5");
  EXPECT_EQ(client("10.0.0.1", "[2001:db8::5"), "10.0.0.1");
}

}  // namespace
}  // namespace jackfield
