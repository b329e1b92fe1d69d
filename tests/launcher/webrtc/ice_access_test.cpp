#include "webrtc/ice_access.hpp"

#include <gtest/gtest.h>

#include "webrtc/turn_probe.hpp"

namespace jackfield::webrtc {
namespace {

TurnCredentials shared() {
  return {.secret = Secret{"a shared secret"}, .user = {}, .password = {}};
}

TEST(IceAccessTest, StunNeedsNoCredentials) {
  std::string error;
  const auto access = IceAccess::make({"stun:a.example", "stun:b.example:1"}, {}, 60, error);
  ASSERT_TRUE(access) << error;
  EXPECT_FALSE(access->has_relays());
  EXPECT_TRUE(access->relays(1000).empty());
  const IceServers servers = access->servers("x", 1000);
  ASSERT_EQ(servers.servers.size(), 2u);
  EXPECT_EQ(servers.servers[0].user, "");
}

TEST(IceAccessTest, EachCallHasAUserOfItsOwnForAWhile) {
  std::string error;
  const auto access = IceAccess::make({"turn:t.example?transport=tcp"}, shared(), 60, error);
  ASSERT_TRUE(access) << error;
  const IceServer server = access->servers("anna", 1000).servers.at(0);
  EXPECT_EQ(server.user, "1060:anna");
  EXPECT_EQ(server.password, turn_password("a shared secret", "1060:anna"));
  EXPECT_NE(access->servers("anna", 1001).servers.at(0).password, server.password);
}

TEST(IceAccessTest, OneUserForAll) {
  std::string error;
  const auto access = IceAccess::make(
      {"turns:t.example"}, {.secret = {}, .user = "us", .password = Secret{"pass"}}, 60, error);
  ASSERT_TRUE(access) << error;
  EXPECT_EQ(access->servers("anna", 1000).servers.at(0).user, "us");
  EXPECT_EQ(access->servers("anna", 1000).servers.at(0).password, "pass");
}

TEST(IceAccessTest, EveryRelayIsAsked) {
  std::string error;
  const auto access = IceAccess::make(
      {"stun:s.example", "turn:t.example", "turn:t.example:99?transport=tcp", "turns:t.example"},
      shared(), 60, error);
  ASSERT_TRUE(access) << error;
  const auto relays = access->relays(1000);
  ASSERT_EQ(relays.size(), 3u);
  EXPECT_EQ(relays[0].transport, "udp");
  EXPECT_EQ(relays[1].transport, "tcp");
  EXPECT_EQ(relays[1].port, 99u);
  EXPECT_EQ(relays[2].transport, "tls");
  EXPECT_EQ(relays[2].port, 5349u);
}

TEST(IceAccessTest, WhatIsWrongIsTold) {
  std::string error;
  EXPECT_FALSE(IceAccess::make({"turn:t.example"}, {}, 60, error));
  EXPECT_NE(error.find("TURN_SECRET"), std::string::npos) << error;
  EXPECT_FALSE(IceAccess::make(
      {"turn:t.example"}, {.secret = {}, .user = "without a password", .password = {}}, 60, error));
  EXPECT_FALSE(IceAccess::make({"turn"}, shared(), 60, error));
  EXPECT_EQ(error.find("'turn' is no ICE server: "), 0u) << error;
}

}  // namespace
}  // namespace jackfield::webrtc
