#include "simulate/core/handshake.hpp"

#include <gtest/gtest.h>

namespace jackfield::simulate {
namespace {

constexpr const char* kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

std::string reply(const std::string& extra = "") {
  return "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: keep-alive, "
         "Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
         extra + "\r\n";
}

TEST(HandshakeTest, SendsExactlyTwiliosHeader) {
  EXPECT_EQ(handshake_request({"voice.example.com", "/media", "dGhlIHNhbXBsZSBub25jZQ==", "abc="}),
            "GET /media HTTP/1.1\r\n"
            "Host: voice.example.com\r\n"
            "User-Agent: Twilio.TmeWs/1.0\r\n"
            "Connection: Upgrade\r\n"
            "Upgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "X-Twilio-Signature: abc=\r\n"
            "Accept-Encoding: gzip\r\n\r\n");
  EXPECT_EQ(handshake_request({"h", "/", "k", ""}).find("Signature"), std::string::npos);
}

TEST(HandshakeTest, TakesAGoodReplyAndLeavesTheFrames) {
  const auto good = parse_handshake_reply(reply() + "\x81\x00", kAccept);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->error, "");
  EXPECT_EQ(good->status, 101);
  EXPECT_EQ(good->length, reply().size());
}

TEST(HandshakeTest, WaitsForTheWholeReply) {
  const std::string whole = reply();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_handshake_reply(whole.substr(0, size), kAccept)) << size;
}

TEST(HandshakeTest, RefusesWithAReason) {
  const auto why = [](const std::string& bytes) {
    const auto parsed = parse_handshake_reply(bytes, kAccept);
    return parsed ? parsed->error : "incomplete";
  };
  EXPECT_EQ(why("HTTP/1.1 403 Forbidden\r\n\r\n"), "HTTP status 403 Forbidden instead of 101");
  EXPECT_EQ(why("HTTP/1.1 200\r\n\r\n"), "HTTP status 200 instead of 101");
  EXPECT_EQ(why("HTTP/1.0 101 x\r\n\r\n"), "the reply is not HTTP/1.1");
  EXPECT_EQ(why("SSH-2.0\r\n\r\n"), "the reply is not HTTP/1.1");
  EXPECT_EQ(why("HTTP/1.1 101\r\n\r\n"), "the reply lacks \"Upgrade: websocket\"");
  EXPECT_NE(why(reply("Sec-WebSocket-Protocol: x\r\n")).find("sub-protocol"), std::string::npos);
  EXPECT_NE(why(reply("Sec-WebSocket-Extensions: permessage-deflate\r\n")).find("extension"),
            std::string::npos);
  EXPECT_NE(why(reply("nonsense\r\n")).find("without a colon"), std::string::npos);
  EXPECT_NE(why(std::string(kMaxHandshakeBytes, 'x')).find("16 KiB"), std::string::npos);
  EXPECT_EQ(parse_handshake_reply(reply(), "other")->error,
            "Sec-WebSocket-Accept does not fit the key");
}

}  // namespace
}  // namespace jackfield::simulate
