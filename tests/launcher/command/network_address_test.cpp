#include "serve/network_address.hpp"

#include <gtest/gtest.h>

using namespace jackfield;

TEST(ListenAddressTest, ReadsAddresses) {
  const struct {
    const char* text;
    const char* result;
  } good[] = {{"127.0.0.1:9000", "127.0.0.1:9000"},
              {"9000", "127.0.0.1:9000"},
              {"0.0.0.0", "0.0.0.0:8080"},
              {"localhost:1", "127.0.0.1:1"},
              {"localhost", "127.0.0.1:8080"},
              {"[::1]:9000", "[::1]:9000"},
              {"[::]", "[::]:8080"},
              {"::1", "[::1]:8080"},
              {"127.0.0.1:0", "127.0.0.1:0"}};
  for (const auto& c : good) {
    ListenAddress address;
    EXPECT_TRUE(parse_listen_address(c.text, address)) << c.text;
    EXPECT_EQ(address.text(), c.result);
  }
  for (const char* bad : {"", ":", ":80", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "host:80",
                          "1.2.3:80", "[::1", "127.0.0.1:80:90", "-1"}) {
    ListenAddress address;
    EXPECT_FALSE(parse_listen_address(bad, address)) << bad << " -> " << address.text();
  }
  ListenAddress address;
  parse_listen_address("0.0.0.0:1", address);
  EXPECT_TRUE(address.is_any());
  EXPECT_FALSE(address.is_loopback());
  parse_listen_address("127.9.9.9:1", address);
  EXPECT_TRUE(address.is_loopback());
}

TEST(NetworkAddressTest, HasOneUsualForm) {
  EXPECT_EQ(normal_address("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(normal_address("::FFFF:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(normal_address("2001:DB8:0:0::1"), "2001:db8::1");
  for (const char* bad : {"", "localhost", "10.0.0", "10.0.0.1 ", "10.0.0.1:80", "unknown", "-"})
    EXPECT_EQ(normal_address(bad), "") << bad;
}

TEST(NetworkAddressTest, Ipv6IsCountedByItsNetwork) {
  EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("2001:db8:1:2::9"), network_of("2001:db8:1:2:ffff::"));
  EXPECT_NE(network_of("2001:db8:1:2::9"), network_of("2001:db8:1:3::9"));
}

TEST(TrustedNetworksTest, ContainsWhatWasAdded) {
  TrustedNetworks networks;
  EXPECT_TRUE(networks.empty());
  EXPECT_FALSE(networks.contains("10.0.0.1"));
  EXPECT_TRUE(networks.add("10.0.0.0/8"));
  EXPECT_TRUE(networks.add("::1"));
  EXPECT_TRUE(networks.contains("10.200.3.4"));
  EXPECT_TRUE(networks.contains("::ffff:10.200.3.4"));
  EXPECT_TRUE(networks.contains("::1"));
  EXPECT_FALSE(networks.contains("11.0.0.1"));
  EXPECT_FALSE(networks.contains("::2"));
  EXPECT_FALSE(networks.contains(""));
  for (const char* bad : {"", "10.0.0.0/33", "10.0.0.1/8", "proxy", "10.0.0.0/x"})
    EXPECT_FALSE(networks.add(bad)) << bad;
}
