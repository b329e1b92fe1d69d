#include "webrtc/core/signal_message.hpp"

#include <gtest/gtest.h>

namespace jackfield::webrtc {
namespace {

template <typename T>
T peer_says(const std::string& text) {
  const auto parsed = parse_peer_message(text);
  EXPECT_TRUE(parsed.message) << parsed.error;
  return parsed.message ? std::get<T>(*parsed.message) : T{};
}
std::string wrong(const std::string& text) {
  const auto parsed = parse_peer_message(text);
  EXPECT_FALSE(parsed.message) << text;
  return parsed.error;
}

TEST(SignalMessageTest, JoinsWithAndWithoutMembers) {
  const auto bare = peer_says<JoinMessage>(R"({"type":"join"})");
  EXPECT_EQ(bare.room + bare.token + bare.name + bare.resume, "");
  EXPECT_FALSE(bare.listen_only);
  const auto full = peer_says<JoinMessage>(
      R"({"room":"r","token":"t","name":"Zoë","role":"listen","resume":"id","more":{"x":[1]},"type":"join"})");
  EXPECT_EQ(full.room, "r");
  EXPECT_EQ(full.token, "t");
  EXPECT_EQ(full.name, "Zoë");
  EXPECT_EQ(full.resume, "id");
  EXPECT_TRUE(full.listen_only);
  // null is as good as absent.
  EXPECT_EQ(peer_says<JoinMessage>(R"({"type":"join","room":null})").room, "");
}

TEST(SignalMessageTest, Descriptions) {
  const auto offer =
      peer_says<DescriptionMessage>(R"({"type":"offer","sdp":"v=0\r\n","to":"p","restart":true})");
  EXPECT_EQ(offer.description.type, Description::Type::kOffer);
  EXPECT_EQ(offer.description.sdp, "v=0\r\n");
  EXPECT_EQ(offer.other, "p");
  EXPECT_TRUE(offer.description.restart);
  const auto answer = peer_says<DescriptionMessage>(R"({"type":"answer","sdp":"x"})");
  EXPECT_EQ(answer.description.type, Description::Type::kAnswer);
  EXPECT_EQ(answer.other, "");
}

TEST(SignalMessageTest, CandidatesAndTheirEnd) {
  const auto one = peer_says<CandidateMessage>(
      R"({"type":"ice-candidate","candidate":"candidate:1","sdpMid":"0","sdpMLineIndex":2})");
  EXPECT_EQ(one.candidate.candidate, "candidate:1");
  EXPECT_EQ(one.candidate.mid, "0");
  EXPECT_EQ(one.candidate.line, 2U);
  for (const char* text :
       {R"({"type":"ice-candidate","candidate":null,"sdpMid":null,"sdpMLineIndex":null})",
        R"({"type":"ice-candidate","candidate":""})"}) {
    EXPECT_EQ(peer_says<CandidateMessage>(text).candidate.candidate, std::nullopt) << text;
  }
}

TEST(SignalMessageTest, WhatIsWrongIsNamed) {
  EXPECT_NE(wrong("{\"type\":\n7]").find("line 2"), std::string::npos);
  EXPECT_EQ(wrong("[]"), "not a JSON object");
  EXPECT_EQ(wrong("{}"), "\"type\" is missing");
  EXPECT_EQ(wrong(R"({"type":7})"), "\"type\" must be a string");
  EXPECT_EQ(wrong(R"({"type":"welcome"})"), "there is no message type \"welcome\"");
  EXPECT_EQ(wrong(R"({"type":"offer"})"), "\"sdp\" is missing");
  EXPECT_EQ(wrong(R"({"type":"offer","sdp":""})"), "\"sdp\" is missing");
  EXPECT_EQ(wrong(R"({"type":"ice-candidate"})"), "\"candidate\" is missing");
  EXPECT_EQ(wrong(R"({"type":"ice-candidate","candidate":7})"), "\"candidate\" must be a string");
  EXPECT_EQ(wrong(R"({"type":"ice-candidate","candidate":"c","sdpMLineIndex":0.5})"),
            "\"sdpMLineIndex\" must be a whole number from 0 to 65535");
  EXPECT_EQ(wrong(R"({"type":"join","role":"sing"})"), "\"role\" must be \"talk\" or \"listen\"");
  EXPECT_EQ(wrong(R"({"type":"join","name":"a\nb"})"), "\"name\" has control characters");
  EXPECT_EQ(wrong(R"({"type":"join","room":")" + std::string(65, 'r') + "\"}"),
            "\"room\" has more than 64 bytes");
  EXPECT_EQ(parse_peer_message(R"({"type":"offer"})").type, "offer");
  EXPECT_NE(wrong(std::string(kMaxSignalMessage + 1, ' ')).find("64 KiB"), std::string::npos);
}

TEST(SignalMessageTest, ReasonsStayOnOneLine) {
  EXPECT_EQ(peer_says<ByeMessage>(R"({"type":"bye","reason":"a\r\nb"})").reason, "a  b");
}

// What one side composes, the other one reads.
TEST(SignalMessageTest, PeersAreUnderstood) {
  const JoinMessage join{
      .room = "r \"1\"", .token = "t", .name = "n", .resume = "i", .listen_only = true};
  const auto back = peer_says<JoinMessage>(compose(join));
  EXPECT_EQ(back.room, join.room);
  EXPECT_EQ(back.token + back.name + back.resume, "tni");
  EXPECT_TRUE(back.listen_only);
  const DescriptionMessage offer{
      .description = {.type = Description::Type::kOffer, .sdp = "v=0\r\n\t", .restart = true},
      .other = "p"};
  const auto read = peer_says<DescriptionMessage>(compose(offer, Speaker::kPeer));
  EXPECT_EQ(read.description.sdp, offer.description.sdp);
  EXPECT_TRUE(read.description.restart);
  EXPECT_EQ(read.other, "p");
}

TEST(SignalMessageTest, ServersAreUnderstood) {
  const auto read = [](const std::string& text) {
    auto parsed = parse_server_message(text);
    EXPECT_TRUE(parsed.message) << parsed.error << " " << text;
    return std::move(*parsed.message);
  };
  const auto welcome = std::get<WelcomeMessage>(read(compose(WelcomeMessage{
      .peer = "p", .line = "l", .ice_servers_json = R"([{"urls":["stun:a"],"n":-1.5e3}])"})));
  EXPECT_EQ(welcome.peer + welcome.line, "pl");
  EXPECT_EQ(welcome.ice_servers_json, R"([{"urls":["stun:a"],"n":-1500}])");
  const auto joined =
      std::get<JoinedMessage>(read(compose(JoinedMessage{.room = "r",
                                                         .peers = {{"a", "Ann"}},
                                                         .peer = "p",
                                                         .resumed = true,
                                                         .ice_servers_json = "[]"})));
  ASSERT_EQ(joined.peers.size(), 1U);
  EXPECT_EQ(joined.peers[0].name, "Ann");
  EXPECT_TRUE(joined.resumed);
  const auto candidate = std::get<CandidateMessage>(
      read(compose({.candidate = {.candidate = std::nullopt, .mid = "0", .line = 1}, .other = "x"},
                   Speaker::kServer)));
  EXPECT_EQ(candidate.candidate.candidate, std::nullopt);
  EXPECT_EQ(candidate.candidate.line, 1U);
  EXPECT_EQ(candidate.other, "x");
  const auto event = std::get<EventMessage>(
      read(compose(EventMessage{.name = "turn", .data_json = R"({"a":[true,null]})"})));
  EXPECT_EQ(event.data_json, R"({"a":[true,null]})");
  const auto error = std::get<ErrorMessage>(
      read(compose(ErrorMessage{.code = code::kBusy, .text = "full", .re = "join"})));
  EXPECT_EQ(error.code + error.text + error.re, "busyfulljoin");
  EXPECT_EQ(std::get<ByeMessage>(read(R"({"type":"bye"})")).reason, "");
}

TEST(SignalMessageTest, RelaysAreForThoseWhoMayCall) {
  EXPECT_EQ(without_credentials(
                R"([{"urls":"stun:a"},{"urls":"turn:b","username":"u","credential":"c"}])"),
            R"([{"urls":"stun:a"}])");
  EXPECT_EQ(without_credentials("rubbish"), "[]");
}

}  // namespace
}  // namespace jackfield::webrtc
