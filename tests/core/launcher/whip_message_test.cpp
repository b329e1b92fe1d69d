#include "webrtc/core/whip_message.hpp"

#include <gtest/gtest.h>

#include "json_members.hpp"
#include "json_reader.hpp"

namespace jackfield::webrtc {
namespace {

TEST(WhipMessageTest, AProblemIsForPeopleAndPrograms) {
  const WhipReply reply = problem(422, "no \"Opus\"", {{"Retry-After", "1"}});
  EXPECT_EQ(reply.status, 422U);
  EXPECT_EQ(reply.type, "application/problem+json");
  EXPECT_EQ(reply.fields, (HeaderFields{{"Retry-After", "1"}}));
  const auto json = parse_json(reply.body);
  ASSERT_TRUE(json.value);
  EXPECT_EQ(string_member(*json.value, "detail"), "no \"Opus\"");
  EXPECT_EQ(string_member(*json.value, "title"), "Unprocessable Content");
  EXPECT_EQ(json.value->find("status")->number, 422);
}

TEST(WhipMessageTest, MediaTypes) {
  EXPECT_TRUE(is_media_type("application/sdp", kSdpType));
  EXPECT_TRUE(is_media_type(" Application/SDP ; charset=utf-8", kSdpType));
  EXPECT_FALSE(is_media_type("application/sdpx", kSdpType));
  EXPECT_FALSE(is_media_type("application/json", kSdpType));
  EXPECT_FALSE(is_media_type("", kSdpType));
}

TEST(WhipMessageTest, Accept) {
  for (const char* field : {"", "*/*", "application/*", "text/html, application/sdp;q=0.5",
                            "text/html;q=0.9,*/*;q=0.1", "APPLICATION/SDP"})
    EXPECT_TRUE(accepts(field, kSdpType)) << field;
  for (const char* field : {"text/html", "application/sdp;q=0", "application/sdp; Q=0.0",
                            "application/sdpx", "text/*", ","})
    EXPECT_FALSE(accepts(field, kSdpType)) << field;
}

TEST(WhipMessageTest, EntityTags) {
  EXPECT_TRUE(matches_tag("\"a\"", "\"a\""));
  EXPECT_TRUE(matches_tag(" * ", "\"a\""));
  EXPECT_TRUE(matches_tag("\"b\", \"a\"", "\"a\""));
  for (const char* field : {"", "a", "\"b\"", "W/\"a\"", "\"a", "\"*\""})
    EXPECT_FALSE(matches_tag(field, "\"a\"")) << field;
}

TEST(WhipMessageTest, LinksToIceServers) {
  IceServers servers;
  servers.servers.push_back(std::get<IceServer>(parse_ice_server("stun:stun.example.net")));
  auto turn = std::get<IceServer>(parse_ice_server("turn:turn.example.net?transport=udp"));
  turn.user = "1:a\"\r\n";
  turn.password = "p\\w";
  servers.servers.push_back(turn);
  EXPECT_EQ(ice_links(servers),
            (HeaderFields{{"Link", "<stun:stun.example.net:3478>; rel=\"ice-server\""},
                          {"Link",
                           "<turn:turn.example.net:3478?transport=udp>; rel=\"ice-server\"; "
                           "username=\"1:a\\\"??\"; credential=\"p\\\\w\"; "
                           "credential-type=\"password\""}}));
}

}  // namespace
}  // namespace jackfield::webrtc
