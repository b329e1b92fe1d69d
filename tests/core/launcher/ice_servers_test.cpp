#include "webrtc/core/ice_servers.hpp"

#include <gtest/gtest.h>

namespace jackfield::webrtc {
namespace {

IceServer good(std::string_view uri) {
  auto parsed = parse_ice_server(uri);
  if (const auto* error = std::get_if<std::string>(&parsed)) {
    ADD_FAILURE() << *error;
    return {};
  }
  return std::get<IceServer>(parsed);
}

TEST(IceServersTest, ReadsAddresses) {
  EXPECT_EQ(good("stun:stun.example.org").port, 3478U);
  EXPECT_EQ(good("stun:stun.example.org:19302").port, 19302U);
  const IceServer turn = good("turn:[2001:db8::1]:4000?transport=tcp");
  EXPECT_EQ(turn.kind, IceServer::Kind::kTurn);
  EXPECT_EQ(turn.host, "2001:db8::1");
  EXPECT_EQ(turn.port, 4000U);
  EXPECT_EQ(turn.transport, "tcp");
  EXPECT_EQ(good("turns:192.0.2.1").port, 5349U);
  EXPECT_EQ(good("turn:[::1]").port, 3478U);
}

TEST(IceServersTest, RefusesWhatIsNone) {
  for (const char* uri : {"", "stun", "http:x", "stun:", "stun:a b", "stun:a:0", "stun:a:70000",
                          "stun:a:x", "stun:a:", "turn:a?transport=sctp", "stun:a?transport=udp",
                          "turn:[::1", "turn:[::1]x", "turn:::1:3", "turn://a", "turn:a@b"}) {
    const auto parsed = parse_ice_server(uri);
    ASSERT_TRUE(std::holds_alternative<std::string>(parsed)) << uri;
    EXPECT_NE(std::get<std::string>(parsed).find("it looks like"), std::string::npos);
  }
}

TEST(IceServersTest, AddressesForWebrtcbin) {
  IceServers servers;
  EXPECT_EQ(servers.stun_uri(), "");
  servers.servers = {good("turn:turn.example.org?transport=udp"), good("stun:stun.example.org"),
                     good("stun:other.example.org"), good("turns:[::1]:443")};
  servers.servers[0].user = "1700000000:al@ice";
  servers.servers[0].password = "a/b+c=";
  EXPECT_EQ(servers.stun_uri(), "stun://stun.example.org:3478");
  const auto turn = servers.turn_uris();
  ASSERT_EQ(turn.size(), 2U);
  EXPECT_EQ(turn[0],
            "turn://1700000000%3Aal%40ice:a%2Fb%2Bc%3D@turn.example.org:3478?transport=udp");
  EXPECT_EQ(turn[1], "turns://:@[::1]:443");
}

TEST(IceServersTest, JsonForBrowsers) {
  IceServers servers;
  EXPECT_EQ(servers.json(), "[]");
  servers.servers = {good("stun:stun.example.org"), good("turn:turn.example.org")};
  servers.servers[1].user = "u\"\n";
  servers.servers[1].password = "p\\";
  EXPECT_EQ(servers.json(),
            R"([{"urls":["stun:stun.example.org:3478"]},{"urls":["turn:turn.example.org:3478"],)"
            R"("username":"u\"\u000a","credential":"p\\"}])");
}

TEST(IceServersTest, TemporaryUser) { EXPECT_EQ(temporary_user(17, "bob"), "17:bob"); }

}  // namespace
}  // namespace jackfield::webrtc
