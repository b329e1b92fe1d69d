#include "webrtc/core/rtc_ice_servers.hpp"

#include <gtest/gtest.h>

namespace jackfield::webrtc {
namespace {

TEST(RtcIceServersTest, OneUrlOrSeveral) {
  const IceServers all = read_rtc_ice_servers(
      R"([{"urls":"stun:a.example"},
          {"urls":["turn:b.example:3479?transport=udp","turns:b.example"],"username":"u","credential":"c"}])");
  ASSERT_EQ(all.servers.size(), 3U);
  EXPECT_EQ(all.servers[0].host, "a.example");
  EXPECT_EQ(all.servers[1].kind, IceServer::Kind::kTurn);
  EXPECT_EQ(all.servers[1].port, 3479U);
  EXPECT_EQ(all.servers[2].kind, IceServer::Kind::kTurnTls);
  EXPECT_EQ(all.servers[2].user + all.servers[2].password, "uc");
}

TEST(RtcIceServersTest, ItReadsWhatWeWrite) {
  const std::string json =
      R"([{"urls":"turn:b.example:3478?transport=tcp","username":"u","credential":"c"}])";
  const IceServers all = read_rtc_ice_servers(json);
  ASSERT_EQ(all.servers.size(), 1U);
  EXPECT_EQ(read_rtc_ice_servers(all.json()).servers.at(0).transport, "tcp");
}

TEST(RtcIceServersTest, WhatIsOfNoUseIsLeftOut) {
  for (const char* json : {"", "{}", "[7]", R"([{}])", R"([{"urls":7}])", R"([{"urls":[7,null]}])",
                           R"([{"urls":"http://a"}])"})
    EXPECT_TRUE(read_rtc_ice_servers(json).servers.empty()) << json;
  std::string many = "[";
  for (int i = 0; i < 100; ++i) many += R"({"urls":"stun:a"},)";
  many.back() = ']';
  EXPECT_EQ(read_rtc_ice_servers(many).servers.size(), 16U);
}

}  // namespace
}  // namespace jackfield::webrtc
