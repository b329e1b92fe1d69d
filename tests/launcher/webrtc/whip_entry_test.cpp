// WHIP over real sockets, with calls that have no sound.
#include "webrtc/whip_entry.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "../command/jackfield_process.hpp"
#include "fake_call.hpp"
#include "webrtc/access_token.hpp"
#include "webrtc/core/audio_description.hpp"
#include "webrtc/core/sdp_fragment.hpp"
#include "whip_test_client.hpp"

namespace jackfield::webrtc {
namespace {

using test::FakeLine;
using test::wait_for;
using test::WhipExchange;

constexpr char kCandidate[] = "candidate:1 1 udp 1 127.0.0.1 5 typ host";
const std::string kTrickled = std::string{"m=audio 9 RTP/AVP 0\r\na="} + kCandidate + "\r\n";

std::string sdp_of(const std::string& ufrag, AudioLine::Direction direction) {
  AudioLine audio;
  audio.ufrag = ufrag;
  audio.password = "0123456789012345678901";
  audio.hash = "sha-256";
  for (int i = 0; i < 32; ++i) audio.fingerprint += i ? ":AB" : "AB";
  audio.direction = direction;
  return write_description(only_audio(audio, "0"), 1, 1);
}

const std::string kOffer = sdp_of("abcd", AudioLine::Direction::kSendOnly);

class WhipEntryTest : public testing::Test {
 protected:
  WhipEntryTest() {
    line.answer = [](SignalPeer& peer, const Description&) {
      peer.send(Description{.type = Description::Type::kAnswer,
                            .sdp = sdp_of("wxyz", AudioLine::Direction::kRecvOnly)});
      peer.send(Candidate{.candidate = kCandidate, .mid = "0"});
      peer.send(Candidate{.candidate = std::nullopt, .mid = "0"});
    };
  }
  void open(WhipEntry::Config config) {
    if (config.lines.empty()) config.lines = {"agent"};
    config.ice_servers = [](const std::string& peer) {
      IceServers servers;
      servers.servers.push_back({.kind = IceServer::Kind::kStun, .host = "stun.example"});
      servers.servers.push_back({.kind = IceServer::Kind::kTurn,
                                 .host = "turn.example",
                                 .transport = {},
                                 .user = peer,
                                 .password = "c"});
      return servers;
    };
    entry.emplace(server, std::move(config), line.factory(),
                  [this](Refusal why, const std::string&) { refused.push_back(why); });
    std::string error;
    ASSERT_TRUE(server.listen(address, error)) << error;
    where = address.text();
  }
  void open() { open({.require_token = false}); }

  WhipExchange ask(const std::string& method, const std::string& path, const std::string& body = {},
                   WhipExchange::Fields fields = {}) const {
    return {where, method, path, body, fields};
  }
  WhipExchange post(const std::string& path = "/whip", WhipExchange::Fields fields = {}) const {
    fields.emplace_back("Content-Type", "application/sdp");
    return ask("POST", path, kOffer, fields);
  }
  // The path of a session that stands.
  std::string stand() {
    WhipExchange exchange = post();
    EXPECT_EQ(exchange.status(), 201U) << exchange.body();
    tag = exchange.field("ETag");
    return exchange.field("Location");
  }
  WhipExchange patch(const std::string& session, const std::string& body,
                     const std::string& if_match) const {
    return ask("PATCH", session, body, {{"Content-Type", kFragmentType}, {"If-Match", if_match}});
  }
  bool was_refused(Refusal why) const {
    return std::find(refused.begin(), refused.end(), why) != refused.end();
  }

  HttpServer server;
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  std::string where, tag;
  FakeLine line;
  std::vector<Refusal> refused;
  std::optional<WhipEntry> entry;
};

TEST_F(WhipEntryTest, ASessionFromPostToDelete) {
  open();
  WhipExchange created = post();
  ASSERT_EQ(created.status(), 201U) << created.body();
  EXPECT_EQ(created.field("Content-Type"), "application/sdp");
  EXPECT_EQ(created.field("Cache-Control"), "no-store");
  EXPECT_EQ(created.field("Access-Control-Allow-Origin"), "");
  const auto read = read_description(created.body());
  ASSERT_TRUE(std::holds_alternative<SessionDescription>(read)) << created.body();
  EXPECT_EQ(std::get<SessionDescription>(read).audio.candidates,
            std::vector<std::string>{kCandidate});
  const std::string session = created.field("Location");
  EXPECT_EQ(session.find("/whip/agent/"), 0U);
  EXPECT_GT(session.size(), 45U) << "nobody guesses it";
  ASSERT_EQ(line.calls.size(), 1U);
  FakeLine::Call& call = *line.calls.begin()->second;
  EXPECT_EQ(call.request.client_address, "127.0.0.1");
  EXPECT_EQ(created.field("Link"),
            "<stun:stun.example:3478>; rel=\"ice-server\", <turn:turn.example:3478>; "
            "rel=\"ice-server\"; username=\"" +
                call.request.peer + "\"; credential=\"c\"; credential-type=\"password\"");
  EXPECT_EQ(call.descriptions.at(0).sdp, kOffer);

  WhipExchange trickled = patch(session, kTrickled, created.field("ETag"));
  EXPECT_EQ(trickled.status(), 204U);
  EXPECT_EQ(trickled.body(), "");
  ASSERT_EQ(call.candidates.size(), 1U);
  EXPECT_EQ(call.candidates[0].candidate, kCandidate);

  WhipExchange restarted =
      patch(session, "a=ice-ufrag:efgh\r\na=ice-pwd:1123456789012345678901\r\n" + kTrickled, "*");
  ASSERT_EQ(restarted.status(), 200U) << restarted.body();
  EXPECT_EQ(restarted.field("Content-Type"), kFragmentType);
  EXPECT_NE(restarted.field("ETag"), created.field("ETag"));
  EXPECT_TRUE(std::holds_alternative<SdpFragment>(read_fragment(restarted.body())));
  EXPECT_TRUE(call.descriptions.at(1).restart);

  EXPECT_EQ(ask("GET", session).status(), 204U);
  EXPECT_EQ(ask("DELETE", session).status(), 200U);
  EXPECT_TRUE(wait_for([&] { return line.destroyed == 1; }));
  EXPECT_EQ(ask("DELETE", session).status(), 404U);
  EXPECT_EQ(entry->sessions(), 0U);
}

TEST_F(WhipEntryTest, LinesByPath) {
  open({.lines = {"desk", "shop"}, .require_token = false});
  EXPECT_EQ(post("/whip").status(), 404U) << "which of the two?";
  EXPECT_EQ(post("/whip/").status(), 404U);
  EXPECT_EQ(post("/whip/other").status(), 404U);
  EXPECT_EQ(post("/whip/shop/x/y").status(), 404U);
  EXPECT_EQ(post("/whip/shop/x").status(), 404U);
  WhipExchange created = post("/whip/shop");
  EXPECT_EQ(created.status(), 201U);
  EXPECT_EQ(line.calls.begin()->second->request.line, "shop");
  const std::string id = created.field("Location").substr(std::string{"/whip/shop/"}.size());
  EXPECT_EQ(ask("DELETE", "/whip/desk/" + id).status(), 404U);
  EXPECT_EQ(ask("DELETE", "/whip/shop/" + id + "/").status(), 404U);
  EXPECT_EQ(ask("DELETE", "/whip/shop/" + id).status(), 200U);
}

TEST_F(WhipEntryTest, BehindAPublicUrl) {
  open({.require_token = false, .public_url = "https://voice.example.com/a/"});
  WhipExchange created = post();
  ASSERT_EQ(created.status(), 201U);
  EXPECT_EQ(created.field("Location").find("https://voice.example.com/a/whip/agent/"), 0U);
}

TEST_F(WhipEntryTest, OneSlashMore) {
  open();
  EXPECT_EQ(post("/whip/").status(), 201U);
}

TEST_F(WhipEntryTest, Tokens) {
  const Secret secret{"0123456789abcdef"};
  open({.token_secret = secret});
  WhipExchange without = post();
  EXPECT_EQ(without.status(), 401U);
  EXPECT_EQ(without.field("WWW-Authenticate"), "Bearer realm=\"jackfield\"");
  EXPECT_EQ(without.field("Link"), "") << "relays are for those who may call";
  const auto token = [&](const std::string& name, std::int64_t from_now) {
    return WhipExchange::Fields{
        {"Authorization",
         "Bearer " + issue_token(secret, {.line = name,
                                          .name = "Ann",
                                          .expires = g_get_real_time() / 1000000 + from_now})}};
  };
  EXPECT_EQ(post("/whip", token("agent", -1)).status(), 401U);
  EXPECT_EQ(post("/whip", token("desk", 60)).status(), 403U);
  EXPECT_TRUE(was_refused(Refusal::kBadToken));
  WhipExchange created = post("/whip", token("agent", 60));
  ASSERT_EQ(created.status(), 201U);
  EXPECT_EQ(line.calls.begin()->second->request.name, "Ann");
  const std::string session = created.field("Location");
  EXPECT_EQ(ask("DELETE", session).status(), 401U);
  EXPECT_EQ(ask("DELETE", session, "", token("agent", 60)).status(), 200U);
}

TEST_F(WhipEntryTest, PagesOfOtherSites) {
  open({.require_token = false, .allowed_origins = {"https://app.example"}});
  WhipExchange foreign = post("/whip", {{"Origin", "https://evil.example"}});
  EXPECT_EQ(foreign.status(), 403U);
  EXPECT_EQ(foreign.field("Access-Control-Allow-Origin"), "");
  EXPECT_TRUE(was_refused(Refusal::kForeignOrigin));
  EXPECT_EQ(line.started, 0);
  WhipExchange own = post("/whip", {{"Origin", "http://" + where}});
  EXPECT_EQ(own.status(), 201U);
  EXPECT_EQ(own.field("Access-Control-Allow-Origin"), "");
  WhipExchange asked = ask("OPTIONS", "/whip", "",
                           {{"Origin", "https://app.example"},
                            {"Access-Control-Request-Method", "POST"},
                            {"Access-Control-Request-Headers", "authorization,content-type"}});
  EXPECT_EQ(asked.status(), 200U);
  EXPECT_EQ(asked.field("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(asked.field("Access-Control-Allow-Methods"), "POST, PATCH, DELETE");
  EXPECT_EQ(asked.field("Access-Control-Allow-Headers"), "Authorization, Content-Type, If-Match");
  EXPECT_EQ(asked.field("Access-Control-Allow-Credentials"), "");
  EXPECT_EQ(asked.field("Vary"), "Origin");
  EXPECT_EQ(asked.field("Accept-Post"), "application/sdp");
  WhipExchange created = post("/whip", {{"Origin", "https://app.example"}});
  EXPECT_EQ(created.status(), 201U);
  EXPECT_EQ(created.field("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(created.field("Access-Control-Expose-Headers"), "Location, ETag, Link, Retry-After");
}

TEST_F(WhipEntryTest, WhatIsNoOffer) {
  open();
  EXPECT_EQ(ask("POST", "/whip", kOffer).status(), 415U);
  EXPECT_EQ(ask("POST", "/whip", "{}", {{"Content-Type", "application/sdp"}}).status(), 400U);
  EXPECT_EQ(post("/whip", {{"Accept", "text/html"}}).status(), 406U);
  EXPECT_EQ(ask("POST", "/whip", "v=0\r\n" + std::string(70'000, 'x'),
                {{"Content-Type", "application/sdp"}})
                .status(),
            413U);
  WhipExchange put = ask("PUT", "/whip");
  EXPECT_EQ(put.status(), 405U);
  EXPECT_EQ(put.field("Allow"), "POST, GET, HEAD, OPTIONS");
  EXPECT_EQ(ask("GET", "/whip").status(), 204U);
  WhipExchange head = ask("HEAD", "/whip");
  EXPECT_EQ(head.status(), 204U);
  EXPECT_EQ(head.body(), "");
  EXPECT_EQ(line.started, 0);
}

TEST_F(WhipEntryTest, NoPlaceForOneMore) {
  open();
  line.most = 0;
  WhipExchange busy = post();
  EXPECT_EQ(busy.status(), 503U);
  EXPECT_EQ(busy.field("Retry-After"), "10");
  EXPECT_EQ(busy.field("Content-Type"), "application/problem+json");
  entry->stop_new();
  EXPECT_EQ(post().status(), 503U);
}

TEST_F(WhipEntryTest, AnAnswerThatComesLate) {
  open();
  line.silent = true;
  WhipExchange waiting = post();
  ASSERT_TRUE(wait_for([&] { return line.calls.size() == 1; }));
  FakeLine::Call& call = *line.calls.begin()->second;
  EXPECT_EQ(waiting.status(0.1), 0U);
  line.answer(call.peer, {});
  EXPECT_EQ(waiting.status(), 201U);
}

TEST_F(WhipEntryTest, NoAnswerAtAll) {
  open({.require_token = false, .limits = {.answer_time = 100'000'000}});
  line.silent = true;
  EXPECT_EQ(post().status(), 503U);
  EXPECT_TRUE(wait_for([&] { return line.destroyed == 1; }));
}

TEST_F(WhipEntryTest, CandidatesWithoutAnEnd) {
  open({.require_token = false, .limits = {.gather_time = 100'000'000}});
  line.answer = [](SignalPeer& peer, const Description&) {
    peer.send(Description{.type = Description::Type::kAnswer,
                          .sdp = sdp_of("wxyz", AudioLine::Direction::kRecvOnly)});
  };
  EXPECT_EQ(post().status(), 201U);
}

TEST_F(WhipEntryTest, AClientThatDoesNotWaitForItsAnswer) {
  open({.require_token = false, .limits = {.answer_time = 3'600'000'000'000}});
  line.silent = true;
  WhipExchange waiting = post();
  ASSERT_TRUE(wait_for([&] { return line.calls.size() == 1; }));
  waiting.close();
  EXPECT_TRUE(wait_for([&] { return line.destroyed == 1; }));
  EXPECT_EQ(entry->sessions(), 0U);
}

TEST_F(WhipEntryTest, TheServerGoesWhileSomebodyWaits) {
  open();
  line.silent = true;
  WhipExchange waiting = post();
  ASSERT_TRUE(wait_for([&] { return line.calls.size() == 1; }));
  entry.reset();
  EXPECT_EQ(line.destroyed, 1);
  EXPECT_EQ(waiting.status(), 503U);
  EXPECT_EQ(post().status(), 404U);
}

TEST_F(WhipEntryTest, ACallThatEndsByItself) {
  open();
  const std::string session = stand();
  line.calls.begin()->second->peer.call_ended("lost");
  EXPECT_EQ(ask("DELETE", session).status(), 404U);
  EXPECT_TRUE(wait_for([&] { return line.destroyed == 1; }));
}

TEST_F(WhipEntryTest, AMachineThatThrowsIsAnInternalError) {
  line.answer = nullptr;
  entry.emplace(
      server,
      WhipEntry::Config{.lines = {"agent"},
                        .require_token = false,
                        .ice_servers = [](const std::string&) { return IceServers{}; }},
      [](const CallRequest&, SignalPeer&, std::string&,
         std::string&) -> std::unique_ptr<SignalCall> { throw std::runtime_error{"no"}; },
      [this](Refusal why, const std::string&) { refused.push_back(why); });
  std::string error;
  ASSERT_TRUE(server.listen(address, error)) << error;
  where = address.text();
  EXPECT_EQ(post().status(), 500U);
  EXPECT_TRUE(was_refused(Refusal::kFailed));
}

}  // namespace
}  // namespace jackfield::webrtc
