// What strangers do to the signalling: it is bounded, told of, and nobody else notices.
#include <gtest/gtest.h>

#include <algorithm>

#include "../command/jackfield_process.hpp"
#include "fake_call.hpp"
#include "signal_test_peer.hpp"
#include "webrtc/signal_entry.hpp"

namespace jackfield::webrtc {
namespace {

using test::FakeLine;
using test::RawSignalPeer;
using test::SignalTestPeer;
using test::text_of;
using test::wait_for;

constexpr std::uint64_t kMs = 1'000'000;

class SignalAbuseTest : public testing::Test {
 protected:
  void open(SignalLimits limits) {
    entry.emplace(
        server, SignalEntry::Config{.lines = {"agent"}, .require_token = false, .limits = limits},
        line.factory(), [this](Refusal why, const std::string&) { refused.push_back(why); });
    std::string error;
    ASSERT_TRUE(server.listen(address, error)) << error;
    where = address.text();
    // Somebody who behaves, in a call all the while.
    other.emplace(where, "/signal");
    other->join();
    other->send(R"({"type":"offer","sdp":"v=0"})");
    ASSERT_TRUE(other->wait("answer"));
  }
  void TearDown() override {
    other->send(R"({"type":"offer","sdp":"v=0 still there"})");
    EXPECT_TRUE(other->wait("answer"));
  }
  std::size_t count(Refusal why) const {
    return static_cast<std::size_t>(std::count(refused.begin(), refused.end(), why));
  }

  HttpServer server;
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  std::string where;
  FakeLine line;
  std::vector<Refusal> refused;
  std::optional<SignalEntry> entry;
  std::optional<SignalTestPeer> other;
};

TEST_F(SignalAbuseTest, RubbishIsAnsweredAndThenCutOff) {
  open({});
  SignalTestPeer peer{where, "/signal"};
  ASSERT_TRUE(peer.wait("welcome"));
  for (const char* text :
       {"", "{", "[]", "7", R"({"type":7})", R"({"type":"dance"})", R"({"type":"offer"})",
        R"({"type":"offer","sdp":{}})", R"({"type":"join","role":"sing"})",
        R"({"type":"ice-candidate"})", R"({"type":"join","type":"join"})"}) {
    peer.send(text);
    const auto error = peer.wait("error");
    ASSERT_TRUE(error) << text;
    EXPECT_EQ(text_of(*error, "code"), "bad-message") << text;
  }
  // Too early is another thing.
  peer.send(R"({"type":"offer","sdp":"v=0"})");
  const auto early = peer.wait("error");
  ASSERT_TRUE(early);
  EXPECT_EQ(text_of(*early, "code"), "unauthorized");
  EXPECT_EQ(text_of(*early, "re"), "offer");
  for (int i = 0; i < 100; ++i) peer.send("rubbish");
  EXPECT_TRUE(peer.wait_closed());
  EXPECT_EQ(peer.close_code(), 1008);
  EXPECT_GE(count(Refusal::kTooManyMessages), 1U);
}

TEST_F(SignalAbuseTest, TextThatIsNoTextAndFramesThatAreNone) {
  open({});
  std::vector<std::unique_ptr<RawSignalPeer>> peers;
  for (const std::string& bytes :
       {std::string("\x81\x81\0\0\0\0\xff", 7), std::string("\x82\x81\0\0\0\0x", 7),
        std::string("\x81\x01x", 3), std::string(14, '\xff')}) {
    peers.push_back(std::make_unique<RawSignalPeer>(where, "/signal"));
    peers.back()->send(bytes);
  }
  for (const auto& peer : peers) EXPECT_TRUE(wait_for([&] { return !peer->alive(); }));
}

TEST_F(SignalAbuseTest, AMessageOfTenMebibytesIsRefused) {
  open({});
  RawSignalPeer peer{where, "/signal"};
  peer.send_text(std::string(10 * 1024 * 1024, ' '));
  EXPECT_TRUE(wait_for([&] { return !peer.alive(); }));
  EXPECT_NE(peer.received().find("too-large"), std::string::npos) << peer.received();
  // The code of the close frame.
  EXPECT_NE(peer.received().find(std::string("\x88\x02\x03\xf1", 4)), std::string::npos);
}

TEST_F(SignalAbuseTest, TwoHundredPeersThatNeverAnswer) {
  open({.join_time = 1000 * kMs, .offer_time = 1500 * kMs});
  std::vector<std::unique_ptr<SignalTestPeer>> peers;
  for (int i = 0; i < 200; ++i) {
    peers.push_back(std::make_unique<SignalTestPeer>(where, "/signal"));
    ASSERT_TRUE(peers.back()->connected()) << i;
    // Half of them say nothing at all, the others join and never offer.
    if (i % 2 == 0) peers.back()->send(R"({"type":"join"})");
  }
  for (const auto& peer : peers) {
    const auto error = peer->wait("error");
    ASSERT_TRUE(error);
    EXPECT_EQ(text_of(*error, "code"), "timeout");
    EXPECT_TRUE(peer->wait_closed());
  }
  EXPECT_EQ(entry->peers(), 1U);
  EXPECT_TRUE(wait_for([&] { return entry->connections() == 1; }));
  EXPECT_EQ(line.started, 1);
}

TEST_F(SignalAbuseTest, PeersThatNeverAnswerTheLine) {
  open({.negotiation = {.answer_time = 500 * kMs}});
  SignalTestPeer peer{where, "/signal"};
  const std::string id = peer.join();
  peer.send(R"({"type":"offer","sdp":"v=0"})");
  ASSERT_TRUE(peer.wait("answer"));
  line.calls.at(id)->peer.send({.type = Description::Type::kOffer, .sdp = "v=0 ours"});
  const auto error = peer.wait("error");
  ASSERT_TRUE(error);
  EXPECT_EQ(text_of(*error, "code"), "timeout");
  EXPECT_TRUE(peer.wait("bye"));
  EXPECT_TRUE(wait_for([&] { return line.destroyed == 1; }));
}

TEST_F(SignalAbuseTest, EndlessCandidates) {
  open({.negotiation = {.candidates = 100}});
  SignalTestPeer peer{where, "/signal"};
  const std::string id = peer.join();
  constexpr char kCandidate[] =
      R"({"type":"ice-candidate","candidate":"c","sdpMid":"0","sdpMLineIndex":0})";
  for (int i = 0; i < 65; ++i) peer.send(kCandidate);
  const auto full = peer.wait("error");
  ASSERT_TRUE(full);
  EXPECT_EQ(text_of(*full, "re"), "ice-candidate");
  peer.send(R"({"type":"offer","sdp":"v=0"})");
  ASSERT_TRUE(peer.wait("answer"));
  EXPECT_EQ(line.calls.at(id)->candidates.size(), 64U);
  for (int i = 0; i < 150; ++i) peer.send(kCandidate);
  const auto error = peer.wait("error");
  ASSERT_TRUE(error);
  EXPECT_EQ(text_of(*error, "code"), "bad-message");
  EXPECT_TRUE(peer.wait_closed());
  EXPECT_EQ(peer.close_code(), 1008);
  EXPECT_TRUE(wait_for([&] { return line.destroyed == 1; }));
  EXPECT_EQ(entry->peers(), 1U);
}

TEST_F(SignalAbuseTest, APeerThatVanishesIsNoticed) {
  open({.grace = 200 * kMs, .ping_interval = 100 * kMs, .dead_time = 1000 * kMs});
  RawSignalPeer peer{where, "/signal"};
  peer.send_text(R"({"type":"join"})");
  peer.send_text(R"({"type":"offer","sdp":"v=0"})");
  EXPECT_TRUE(wait_for([&] { return line.started == 2; }));
  // It answers no ping, and its connection stays open; the other one's client does answer.
  EXPECT_TRUE(wait_for([&] { return line.destroyed == 1; }));
  EXPECT_TRUE(wait_for([&] { return !peer.alive(); }));
  EXPECT_EQ(entry->peers(), 1U);
}

TEST_F(SignalAbuseTest, WhoDoesNotReadIsCutOff) {
  open({});
  RawSignalPeer slow{where, "/signal"};
  slow.send_text(R"({"type":"join"})");
  slow.send_text(R"({"type":"offer","sdp":"v=0"})");
  EXPECT_TRUE(wait_for([&] { return line.started == 2; }));
  // Whoever of the two it is: only the slow one does not take it.
  std::vector<FakeLine::Call*> calls;
  for (auto& [id, each] : line.calls) calls.push_back(each);
  ASSERT_EQ(calls.size(), 2U);
  const std::string data = "\"" + std::string(60'000, 'x') + "\"";
  for (int i = 0; i < 200 && entry->connections() == 2; ++i) {
    for (auto* each : calls) each->peer.send_event("transcript", data);
    wait_for([&] { return entry->connections() < 2; }, 0.02);
  }
  EXPECT_TRUE(wait_for([&] { return entry->connections() == 1; }));
}

TEST_F(SignalAbuseTest, RoomsAndTheServerHaveRoomForSoMany) {
  open({.peers = 4, .peers_per_room = 2});
  SignalTestPeer a{where, "/signal"};
  SignalTestPeer b{where, "/signal"};
  SignalTestPeer c{where, "/signal"};
  SignalTestPeer d{where, "/signal"};
  a.join(R"("room":"r")");
  b.join(R"("room":"r")");
  ASSERT_TRUE(c.wait("welcome"));
  c.send(R"({"type":"join","room":"r"})");
  const auto full = c.wait("error");
  ASSERT_TRUE(full);
  EXPECT_EQ(text_of(*full, "code"), "room-full");
  c.send(R"({"type":"join","room":"another"})");
  EXPECT_TRUE(c.wait("joined"));
  ASSERT_TRUE(d.wait("welcome"));
  d.send(R"({"type":"join"})");
  const auto busy = d.wait("error");
  ASSERT_TRUE(busy);
  EXPECT_EQ(text_of(*busy, "code"), "busy");
  EXPECT_EQ(count(Refusal::kBusy), 1U);
}

}  // namespace
}  // namespace jackfield::webrtc
