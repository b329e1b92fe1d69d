// The signalling over real sockets, with calls that have no sound.
#include "webrtc/signal_entry.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "../command/jackfield_process.hpp"
#include "fake_call.hpp"
#include "signal_test_peer.hpp"
#include "webrtc/access_token.hpp"

namespace jackfield::webrtc {
namespace {

using test::FakeLine;
using test::RawSignalPeer;
using test::SignalTestPeer;
using test::text_of;
using test::wait_for;

constexpr std::uint64_t kMs = 1'000'000;

class SignalEntryTest : public testing::Test {
 protected:
  void open(SignalEntry::Config config) {
    if (config.lines.empty()) config.lines = {"agent"};
    entry.emplace(server, std::move(config), line.factory(),
                  [this](Refusal why, const std::string&) { refused.push_back(why); });
    std::string error;
    ASSERT_TRUE(server.listen(address, error)) << error;
    where = address.text();
  }
  void open() { open({.require_token = false}); }

  // More than a request may have, and more than goes out at once.
  void talk_a_lot(SignalTestPeer& peer) {
    ASSERT_TRUE(peer.connected());
    const std::string id = peer.join();
    const std::string sdp(40'000, 's');
    for (int i = 0; i < 20; ++i) {
      peer.send(R"({"type":"offer","sdp":")" + sdp + "\"}");
      const auto answer = peer.wait("answer");
      ASSERT_TRUE(answer);
      EXPECT_EQ(text_of(*answer, "sdp").size(), sdp.size() + 10);
    }
    for (int i = 0; i < 15; ++i)
      line.calls.at(id)->peer.send_event("transcript", "\"" + std::string(60'000, 'x') + "\"");
    for (int i = 0; i < 15; ++i) ASSERT_TRUE(peer.wait("event"));
    peer.send(R"({"type":"bye"})");
    EXPECT_TRUE(peer.wait("bye"));
    EXPECT_TRUE(peer.wait_closed());
  }

  bool was_refused(Refusal why) const {
    return std::find(refused.begin(), refused.end(), why) != refused.end();
  }

  HttpServer server;
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  std::string where;
  FakeLine line;
  std::vector<Refusal> refused;
  std::optional<SignalEntry> entry;
};

TEST_F(SignalEntryTest, ACallFromWelcomeToBye) {
  open({.require_token = false, .ice_servers_json = R"([{"urls":"stun:127.0.0.1:3478"}])"});
  SignalTestPeer peer{where, "/signal"};
  ASSERT_TRUE(peer.connected());
  EXPECT_EQ(peer.protocol(), "jackfield.v1");
  const auto welcome = peer.wait("welcome");
  ASSERT_TRUE(welcome);
  EXPECT_EQ(text_of(*welcome, "line"), "agent");
  EXPECT_EQ(welcome->find("version")->number, 1);
  EXPECT_EQ(text_of(welcome->find("iceServers")->items.at(0), "urls"), "stun:127.0.0.1:3478");
  const std::string id = text_of(*welcome, "peer");
  EXPECT_GT(id.size(), 30U);

  peer.send(R"({"type":"join","room":"r","name":"Ann","color":"blue"})");
  const auto joined = peer.wait("joined");
  ASSERT_TRUE(joined);
  EXPECT_EQ(text_of(*joined, "room"), "r");
  EXPECT_TRUE(joined->find("peers")->items.empty());

  // A candidate that is too early waits for the offer.
  peer.send(R"({"type":"ice-candidate","candidate":"early","sdpMid":"0","sdpMLineIndex":0})");
  peer.send(R"({"type":"offer","sdp":"v=0 one"})");
  const auto answer = peer.wait("answer");
  ASSERT_TRUE(answer);
  EXPECT_EQ(text_of(*answer, "sdp"), "answer to v=0 one");
  EXPECT_FALSE(answer->find("from"));
  const auto echo = peer.wait("ice-candidate");
  ASSERT_TRUE(echo);
  EXPECT_EQ(text_of(*echo, "candidate"), "early");
  peer.send(R"({"type":"ice-candidate","candidate":null,"sdpMid":"0","sdpMLineIndex":0})");
  const auto end = peer.wait("ice-candidate");
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->find("candidate")->is(JsonValue::Kind::kNull));

  ASSERT_EQ(line.calls.size(), 1U);
  auto& call = *line.calls.begin()->second;
  EXPECT_EQ(call.request.line, "agent");
  EXPECT_EQ(call.request.room, "r");
  EXPECT_EQ(call.request.name, "Ann");
  EXPECT_EQ(call.request.peer, id);
  EXPECT_EQ(call.request.client_address, "127.0.0.1");
  EXPECT_FALSE(entry->idle());
  call.peer.send_event("transcript", R"({"text":"hello"})");
  const auto event = peer.wait("event");
  ASSERT_TRUE(event);
  EXPECT_EQ(text_of(*event->find("data"), "text"), "hello");
  // A restart of ICE, by the peer, and an offer of the line's.
  peer.send(R"({"type":"offer","sdp":"v=0 two","restart":true})");
  ASSERT_TRUE(peer.wait("answer"));
  EXPECT_TRUE(call.descriptions.back().restart);
  call.peer.send({.type = Description::Type::kOffer, .sdp = "v=0 ours"});
  ASSERT_TRUE(peer.wait("offer"));
  peer.send(R"({"type":"answer","sdp":"v=0 yours"})");
  EXPECT_TRUE(wait_for([&] { return call.descriptions.back().sdp == "v=0 yours"; }));

  peer.send(R"({"type":"bye","reason":"enough"})");
  const auto bye = peer.wait("bye");
  ASSERT_TRUE(bye);
  EXPECT_EQ(text_of(*bye, "reason"), "enough");
  EXPECT_TRUE(peer.wait_closed());
  EXPECT_EQ(peer.close_code(), 1000);
  EXPECT_TRUE(entry->idle());
  EXPECT_TRUE(wait_for([&] { return line.destroyed == 1; }));
}

TEST_F(SignalEntryTest, OverTls) {
  const gstpp::GObjectPtr<GTlsCertificate> certificate{g_tls_certificate_new_from_file(
      (std::string{g_getenv("JACKFIELD_SOURCE_DIR")} + "/tests/support/tls/trusted.pem").c_str(),
      nullptr)};
  ASSERT_TRUE(certificate);
  server.set_certificate(certificate.get());
  open();
  SignalTestPeer peer{where, "/signal", {.origin = "https://" + where, .tls = true}};
  talk_a_lot(peer);
}

TEST_F(SignalEntryTest, AConversationMayBeLong) {
  open();
  SignalTestPeer peer{where, "/signal"};
  talk_a_lot(peer);
}

TEST_F(SignalEntryTest, LinesByPathAndByQuery) {
  open({.lines = {"desk", "shop"}, .require_token = false});
  for (const char* path : {"/signal/shop", "/signal?line=shop"}) {
    SignalTestPeer peer{where, path};
    ASSERT_TRUE(peer.connected()) << path;
    const auto welcome = peer.wait("welcome");
    ASSERT_TRUE(welcome);
    EXPECT_EQ(text_of(*welcome, "line"), "shop");
  }
  // With two lines, one has to be named.
  for (const char* path : {"/signal", "/signal/nobody", "/signal?line=nobody"}) {
    SignalTestPeer peer{where, path};
    const auto error = peer.wait("error");
    ASSERT_TRUE(error) << path;
    EXPECT_EQ(text_of(*error, "code"), "no-such-line");
    EXPECT_TRUE(peer.wait_closed());
  }
  EXPECT_EQ(SignalTestPeer(where, "/signal/a/b").status(), 404U);
}

TEST_F(SignalEntryTest, OnlyTheRightProtocolAndOwnPages) {
  open();
  EXPECT_EQ(SignalTestPeer(where, "/signal", {.origin = "", .protocol = ""}).status(), 400U);
  EXPECT_EQ(SignalTestPeer(where, "/signal", {.origin = "", .protocol = "other"}).status(), 400U);
  EXPECT_FALSE(was_refused(Refusal::kForeignOrigin));
  EXPECT_EQ(SignalTestPeer(where, "/signal", {.origin = "https://evil.example"}).status(), 403U);
  EXPECT_EQ(SignalTestPeer(where, "/signal", {.origin = "null"}).status(), 403U);
  EXPECT_TRUE(was_refused(Refusal::kForeignOrigin));
  EXPECT_TRUE(SignalTestPeer(where, "/signal", {.origin = "http://" + where}).connected());
  EXPECT_TRUE(SignalTestPeer(where, "/signal", {.origin = "http://localhost:3000"}).connected());
}

TEST_F(SignalEntryTest, TokensOpenWhatTheySay) {
  const Secret secret{"a secret of sixteen"};
  open({.token_secret = secret,
        .require_token = true,
        .ice_servers_json =
            R"([{"urls":"stun:s"},{"urls":"turn:t","username":"u","credential":"c"}])"});
  const std::int64_t now = g_get_real_time() / G_USEC_PER_SEC;
  const auto token = [&](AccessClaims claims, const Secret& with) {
    claims.expires += now;
    return issue_token(with, claims);
  };
  const auto refusal = [&](const std::string& members) {
    SignalTestPeer peer{where, "/signal"};
    EXPECT_EQ(peer.wait("welcome")->find("iceServers")->items.size(), 1U);
    peer.send(R"({"type":"join")" + members + "}");
    const auto error = peer.wait("error");
    return error ? text_of(*error, "code") + " " + text_of(*error, "re") : "";
  };
  const auto member = [](const std::string& text) { return R"(,"token":")" + text + "\""; };
  EXPECT_EQ(refusal(""), "unauthorized join");
  EXPECT_EQ(refusal(member("rubbish")), "unauthorized join");
  EXPECT_EQ(refusal(member(token({.line = "agent", .expires = 60}, Secret{"another secret of"}))),
            "unauthorized join");
  EXPECT_EQ(refusal(member(token({.line = "agent", .expires = -1}, secret))), "unauthorized join");
  EXPECT_EQ(refusal(member(token({.line = "other", .expires = 60}, secret))), "unauthorized join");
  EXPECT_EQ(refusal(member(token({.line = "agent", .room = "a", .expires = 60}, secret)) +
                    R"(,"room":"b")"),
            "unauthorized join");
  EXPECT_TRUE(was_refused(Refusal::kBadToken));

  SignalTestPeer peer{where, "/signal"};
  peer.wait("welcome");
  const AccessClaims claims{
      .line = "agent", .room = "a", .name = "Bo", .listen_only = true, .expires = 60};
  peer.send(R"({"type":"join","role":"talk","name":"Eve")" + member(token(claims, secret)) + "}");
  const auto joined = peer.wait("joined");
  ASSERT_TRUE(joined);
  EXPECT_EQ(text_of(*joined, "room"), "a");
  EXPECT_EQ(joined->find("iceServers")->items.size(), 2U);
  peer.send(R"({"type":"offer","sdp":"v=0"})");
  ASSERT_TRUE(peer.wait("answer"));
  EXPECT_EQ(line.calls.begin()->second->request.name, "Bo");
  EXPECT_TRUE(line.calls.begin()->second->request.listen_only);
}

TEST_F(SignalEntryTest, PeersOfARoomTalkToEachOther) {
  open();
  SignalTestPeer a{where, "/signal"};
  SignalTestPeer b{where, "/signal"};
  SignalTestPeer elsewhere{where, "/signal"};
  const std::string id_a = a.join(R"("room":"r","name":"Ann")");
  const std::string id_b = b.join(R"("room":"r","name":"Bo")");
  elsewhere.join(R"("room":"other")");
  const auto event = a.wait("event");
  ASSERT_TRUE(event);
  EXPECT_EQ(text_of(*event, "name"), "peer-joined");
  EXPECT_EQ(text_of(*event->find("data"), "peer"), id_b);
  b.send(R"({"type":"offer","sdp":"v=0 b","to":")" + id_a + "\"}");
  const auto offer = a.wait("offer");
  ASSERT_TRUE(offer);
  EXPECT_EQ(text_of(*offer, "from"), id_b);
  EXPECT_EQ(text_of(*offer, "sdp"), "v=0 b");
  a.send(R"({"type":"answer","sdp":"v=0 a","to":")" + id_b + "\"}");
  ASSERT_TRUE(b.wait("answer"));
  elsewhere.send(R"({"type":"offer","sdp":"v=0 x","to":")" + id_a + "\"}");
  const auto error = elsewhere.wait("error");
  ASSERT_TRUE(error);
  EXPECT_EQ(text_of(*error, "re"), "offer");
  EXPECT_EQ(line.started, 0);
  b.send(R"({"type":"bye"})");
  const auto left = a.wait("event");
  ASSERT_TRUE(left);
  EXPECT_EQ(text_of(*left, "name"), "peer-left");
  EXPECT_FALSE(a.has("offer"));
}

TEST_F(SignalEntryTest, WhoComesBackInTimeKeepsItsCall) {
  open();
  auto peer = std::make_unique<SignalTestPeer>(where, "/signal");
  const std::string id = peer->join();
  peer->send(R"({"type":"offer","sdp":"v=0"})");
  ASSERT_TRUE(peer->wait("answer"));
  peer->cut();
  EXPECT_TRUE(wait_for([&] { return entry->connections() == 0; }));
  ASSERT_EQ(line.calls.size(), 1U);
  line.calls.begin()->second->peer.send_event("turn", "{}");

  SignalTestPeer again{where, "/signal"};
  ASSERT_TRUE(again.wait("welcome"));
  again.send(R"({"type":"join","resume":")" + id + "\"}");
  const auto joined = again.wait("joined");
  ASSERT_TRUE(joined);
  EXPECT_EQ(text_of(*joined, "peer"), id);
  EXPECT_TRUE(again.wait("event"));  // that came meanwhile
  again.send(R"({"type":"offer","sdp":"v=0 restart","restart":true})");
  EXPECT_TRUE(again.wait("answer"));
  EXPECT_EQ(line.started, 1);
  EXPECT_EQ(line.destroyed, 0);

  // Also while the server still takes the old connection for alive.
  SignalTestPeer third{where, "/signal"};
  ASSERT_TRUE(third.wait("welcome"));
  third.send(R"({"type":"join","resume":")" + id + "\"}");
  ASSERT_TRUE(third.wait("joined"));
  EXPECT_TRUE(again.wait_closed());
  EXPECT_EQ(again.close_code(), kCloseReplaced);
  EXPECT_EQ(entry->peers(), 1U);
}

TEST_F(SignalEntryTest, WhoDoesNotComeBackIsHungUp) {
  open({.require_token = false, .limits = {.grace = 100 * kMs}});
  auto peer = std::make_unique<SignalTestPeer>(where, "/signal");
  const std::string id = peer->join();
  peer->send(R"({"type":"offer","sdp":"v=0"})");
  ASSERT_TRUE(peer->wait("answer"));
  peer.reset();
  EXPECT_TRUE(wait_for([&] { return line.destroyed == 1; }));
  EXPECT_TRUE(entry->idle());
  EXPECT_EQ(entry->peers(), 0U);
  SignalTestPeer late{where, "/signal"};
  ASSERT_TRUE(late.wait("welcome"));
  late.send(R"({"type":"join","resume":")" + id + "\"}");
  const auto error = late.wait("error");
  ASSERT_TRUE(error);
  EXPECT_EQ(text_of(*error, "code"), "timeout");
  late.send(R"({"type":"join"})");
  EXPECT_TRUE(late.wait("joined"));
}

TEST_F(SignalEntryTest, StoppingRefusesNewPeersAndLeavesTheOthers) {
  open();
  SignalTestPeer peer{where, "/signal"};
  peer.join();
  peer.send(R"({"type":"offer","sdp":"v=0"})");
  ASSERT_TRUE(peer.wait("answer"));
  entry->stop_new();
  SignalTestPeer late{where, "/signal"};
  ASSERT_TRUE(late.wait("welcome"));
  late.send(R"({"type":"join"})");
  const auto error = late.wait("error");
  ASSERT_TRUE(error);
  EXPECT_EQ(text_of(*error, "code"), "busy");
  peer.send(R"({"type":"offer","sdp":"v=0 more"})");
  EXPECT_TRUE(peer.wait("answer"));
  entry->end_all("stopping");
  const auto bye = peer.wait("bye");
  ASSERT_TRUE(bye);
  EXPECT_EQ(text_of(*bye, "reason"), "stopping");
  EXPECT_TRUE(peer.wait_closed());
  EXPECT_TRUE(late.wait_closed());
  EXPECT_TRUE(entry->idle());
}

TEST_F(SignalEntryTest, ACallThatCannotBeMadeIsRefused) {
  open();
  line.most = 1;
  SignalTestPeer first{where, "/signal"};
  SignalTestPeer second{where, "/signal"};
  first.join();
  second.join();
  first.send(R"({"type":"offer","sdp":"v=0"})");
  ASSERT_TRUE(first.wait("answer"));
  second.send(R"({"type":"offer","sdp":"v=0"})");
  const auto error = second.wait("error");
  ASSERT_TRUE(error);
  EXPECT_EQ(text_of(*error, "code"), "busy");
  EXPECT_EQ(text_of(*error, "re"), "offer");
  // The line hangs up; then there is a place.
  line.calls.begin()->second->peer.call_ended("the agent has left");
  EXPECT_TRUE(first.wait("bye"));
  EXPECT_TRUE(wait_for([&] { return line.destroyed == 1; }));
  second.send(R"({"type":"offer","sdp":"v=0"})");
  EXPECT_TRUE(second.wait("answer"));
}

TEST_F(SignalEntryTest, TheEndOfTheServerEndsCallsAtOnce) {
  open();
  SignalTestPeer peer{where, "/signal"};
  peer.join();
  peer.send(R"({"type":"offer","sdp":"v=0"})");
  ASSERT_TRUE(peer.wait("answer"));
  entry.reset();
  EXPECT_EQ(line.destroyed, 1);
  EXPECT_TRUE(peer.wait_closed());
  EXPECT_EQ(peer.close_code(), 1001);
}

}  // namespace
}  // namespace jackfield::webrtc
