#include "webrtc/core/whip_sessions.hpp"

#include "whip_sessions_fixture.hpp"

namespace jackfield::webrtc {
namespace {

class WhipSessionsTest : public WhipSessionsFixture {
 protected:
  WhipSessionsTest() { make(); }
};

TEST_F(WhipSessionsTest, ASessionFromPostToDelete) {
  const ExchangeId exchange = ask(post());
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].line, "agent");
  EXPECT_EQ(requests[0].client_address, "1.2.3.4");
  EXPECT_FALSE(requests[0].listen_only);
  EXPECT_EQ(told(last_call), Lines{"offer"});
  EXPECT_EQ(described, sdp_of("abcd", "sendonly"));
  answer(last_call);
  suggest(last_call, kCandidate);
  EXPECT_FALSE(replies.contains(exchange)) << "not before all candidates are there";
  suggest(last_call, std::nullopt);
  const WhipReply& reply = replies[exchange];
  EXPECT_EQ(reply.status, 201U);
  EXPECT_EQ(reply.type, "application/sdp");
  const auto read = read_description(reply.body);
  ASSERT_TRUE(std::holds_alternative<SessionDescription>(read));
  const AudioLine& audio = std::get<SessionDescription>(read).audio;
  EXPECT_EQ(audio.ufrag, "wxyz");
  EXPECT_EQ(audio.candidates, Lines{kCandidate});
  EXPECT_TRUE(audio.end_of_candidates);
  const std::string location = field(exchange, "Location");
  EXPECT_EQ(location, "https://voice.example/whip/agent/id1");
  EXPECT_EQ(location.find(requests[0].peer), std::string::npos) << "others see that name";
  EXPECT_EQ(field(exchange, "Link"),
            "<turn:turn.example:3478>; rel=\"ice-server\"; username=\"9:" + requests[0].peer +
                "\"; credential=\"c\"; credential-type=\"password\"");
  EXPECT_TRUE(field(exchange, "ETag").starts_with('"'));

  EXPECT_EQ(status(to_session("DELETE", "id1", {}, "\"whatever\"")), 200U);
  EXPECT_EQ(told(last_call), Lines{"hang up: the peer hung up"});
  EXPECT_EQ(status(to_session("DELETE", "id1")), 404U);
  whip->call_ended(last_call, "hang-up", now);
  collect();
  EXPECT_EQ(told(last_call), Lines{"drop"});
  EXPECT_EQ(whip->sessions(), 0U);
}

TEST_F(WhipSessionsTest, TrickledCandidatesReachTheCall) {
  const std::string id = stand();
  told(last_call);
  EXPECT_EQ(status(to_session("PATCH", id, kTrickled + "a=end-of-candidates\r\n", tag)), 204U);
  EXPECT_EQ(told(last_call), (Lines{std::string{"suggest "} + kCandidate, "suggest end"}));
  EXPECT_EQ(field(exchanges, "ETag"), "") << "RFC 9725, section 4.3.2";
  // The very credentials of the offer are no restart.
  EXPECT_EQ(
      status(to_session(
          "PATCH", id,
          "a=ice-ufrag:abcd\r\na=ice-pwd:" + std::string{kPassword} + "\r\n" + kTrickled, "*")),
      204U);
  EXPECT_EQ(told(last_call).size(), 1U);
}

TEST_F(WhipSessionsTest, WhatATrickleNeeds) {
  const std::string id = stand();
  EXPECT_EQ(status(to_session("PATCH", id, kTrickled)), 428U);
  EXPECT_EQ(status(to_session("PATCH", id, kTrickled, "\"other\"")), 412U);
  EXPECT_EQ(status(to_session("PATCH", id, "hello", tag)), 400U);
  EXPECT_EQ(status(to_session("PATCH", "id99", kTrickled, tag)), 404U);
  WhipRequest wrong = to_session("PATCH", id, kTrickled, tag);
  wrong.content_type = "application/json";
  EXPECT_EQ(status(wrong), 415U);
  EXPECT_EQ(field(exchanges, "Accept-Patch"), kFragmentType);
  wrong = to_session("PATCH", id, kTrickled, tag);
  wrong.line = "other";
  EXPECT_EQ(status(wrong), 404U) << "a session belongs to its line";
}

TEST_F(WhipSessionsTest, IceRestarts) {
  const std::string id = stand();
  told(last_call);
  const std::string old_tag = tag;
  const ExchangeId exchange = ask(to_session("PATCH", id, kRestart, "*"));
  EXPECT_EQ(told(last_call), Lines{"restart"});
  const auto offered = read_description(described);
  ASSERT_TRUE(std::holds_alternative<SessionDescription>(offered));
  EXPECT_EQ(std::get<SessionDescription>(offered).audio.ufrag, "efgh");
  EXPECT_EQ(std::get<SessionDescription>(offered).audio.candidates, Lines{kCandidate});
  EXPECT_EQ(std::get<SessionDescription>(offered).audio.direction, AudioLine::Direction::kSendOnly);
  EXPECT_EQ(status(to_session("PATCH", id, kTrickled, old_tag)), 412U);
  std::string again = kRestart;
  again.replace(again.find("efgh"), 4, "ijkl");
  EXPECT_EQ(status(to_session("PATCH", id, again, "*")), 409U);
  answer(last_call, sdp_of("news", "recvonly"));
  suggest(last_call, kCandidate);
  suggest(last_call, std::nullopt);
  EXPECT_EQ(replies[exchange].status, 200U);
  EXPECT_EQ(replies[exchange].type, kFragmentType);
  EXPECT_NE(field(exchange, "ETag"), "");
  EXPECT_NE(field(exchange, "ETag"), old_tag);
  const auto fragment = read_fragment(replies[exchange].body);
  ASSERT_TRUE(std::holds_alternative<SdpFragment>(fragment));
  EXPECT_EQ(std::get<SdpFragment>(fragment).ufrag, "news");
  EXPECT_EQ(std::get<SdpFragment>(fragment).candidates, Lines{kCandidate});
  EXPECT_EQ(status(to_session("PATCH", id, kTrickled, field(exchange, "ETag"))), 204U);
}

TEST_F(WhipSessionsTest, WhatAnOfferNeeds) {
  WhipRequest wrong = post();
  wrong.content_type = "application/json";
  EXPECT_EQ(status(wrong), 415U);
  EXPECT_EQ(field(exchanges, "Accept-Post"), "application/sdp");
  wrong = post();
  wrong.accept = "text/html";
  EXPECT_EQ(status(wrong), 406U);
  EXPECT_EQ(status(post("")), 400U);
  EXPECT_EQ(status(post("hello")), 400U);
  EXPECT_EQ(status(post("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n")), 422U);
  EXPECT_EQ(status(post(sdp_of("abcd", "recvonly"))), 422U);
  EXPECT_EQ(status(post(sdp_of("abcd", "inactive"))), 422U);
  wrong = post();
  wrong.line = "";
  EXPECT_EQ(status(wrong), 404U);
  EXPECT_TRUE(requests.empty());
  EXPECT_EQ(whip->sessions(), 0U);
}

TEST_F(WhipSessionsTest, OtherMethods) {
  const std::string id = stand();
  WhipRequest request = post();
  for (const char* method : {"PUT", "DELETE", "PATCH", "TRACE"}) {
    request.method = method;
    EXPECT_EQ(status(request), 405U) << method;
    EXPECT_EQ(field(exchanges, "Allow"), "POST, GET, HEAD, OPTIONS");
  }
  for (const char* method : {"PUT", "POST"}) EXPECT_EQ(status(to_session(method, id)), 405U);
  for (const char* method : {"GET", "HEAD"}) {
    request.method = method;
    EXPECT_EQ(status(request), 204U);
    EXPECT_EQ(status(to_session(method, id)), 204U);
    EXPECT_EQ(status(to_session(method, "id99")), 404U);
  }
  request.method = "OPTIONS";
  EXPECT_EQ(status(request), 200U);
  EXPECT_EQ(field(exchanges, "Accept-Post"), "application/sdp");
  EXPECT_EQ(status(to_session("OPTIONS", id)), 200U);
}

TEST_F(WhipSessionsTest, Tokens) {
  make({}, true);
  tokens["good"] = {.line = "agent", .room = "r", .name = "Ann"};
  tokens["other"] = {.line = "desk"};
  tokens["ear"] = {.line = "agent", .listen_only = true};
  EXPECT_EQ(status(post()), 401U);
  EXPECT_EQ(field(exchanges, "WWW-Authenticate"), "Bearer realm=\"jackfield\"");
  const auto with = [](const std::string& token, WhipRequest request) {
    request.authorization = "Bearer " + token;
    return request;
  };
  EXPECT_EQ(status(with("bad", post())), 401U);
  EXPECT_EQ(field(exchanges, "WWW-Authenticate"),
            "Bearer realm=\"jackfield\", error=\"invalid_token\"");
  EXPECT_EQ(status(with("other", post())), 403U);
  EXPECT_EQ(status(with("ear", post())), 403U);
  EXPECT_EQ(refused, (std::vector<Refusal>(4, Refusal::kBadToken)));
  const std::string id = stand(with("good", post()));
  EXPECT_EQ(requests.back().name, "Ann");
  EXPECT_TRUE(requests.back().name_of_token);
  EXPECT_EQ(requests.back().room, "r");
  EXPECT_EQ(status(to_session("DELETE", id)), 401U);
  EXPECT_EQ(status(with("other", to_session("DELETE", id))), 403U);
  EXPECT_EQ(status(with("bad", to_session("DELETE", "id99"))), 401U) << "before 404";
  // It has expired meanwhile, and is still the one of this call.
  tokens.clear();
  EXPECT_EQ(status(with("good", to_session("PATCH", id, kTrickled, tag))), 204U);
  EXPECT_EQ(status(with("good", post())), 401U);
  EXPECT_EQ(status(with("good", to_session("DELETE", id))), 200U);
}

TEST_F(WhipSessionsTest, ATokenCountsEvenWhereNoneIsNeeded) {
  WhipRequest request = post();
  request.authorization = "Bearer bad";
  EXPECT_EQ(status(request), 401U);
  request.authorization = "Bearer ";  // what an empty field of a form makes
  EXPECT_EQ(status(request), 0U);
}

TEST_F(WhipSessionsTest, Bounds) {
  make({.sessions = 3, .sessions_per_address = 2, .rate = {.burst = 5, .per_second = 1}});
  WhipRequest request = post();
  request.network = "n";
  const std::string id = stand(request);
  const CallNumber first = last_call;
  stand(request);
  EXPECT_EQ(status(request), 503U);
  EXPECT_EQ(refused.back(), Refusal::kTooManyFromAddress);
  request.network = "m";
  stand(request);
  EXPECT_EQ(status(request), 503U);
  EXPECT_EQ(refused.back(), Refusal::kBusy);
  whip->call_ended(first, "lost", now);
  collect();
  request.network = "n";
  EXPECT_EQ(status(request), 0U) << "a place is free again";
}

TEST_F(WhipSessionsTest, RequestsOfASessionAreBounded) {
  make({.rate = {.burst = 5, .per_second = 1}});
  const std::string id = stand();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status(to_session("PATCH", id, kTrickled, tag)), 204U);
  EXPECT_EQ(status(to_session("PATCH", id, kTrickled, tag)), 429U);
  EXPECT_EQ(field(exchanges, "Retry-After"), "1");
  now += 2 * kSecond;
  EXPECT_EQ(status(to_session("PATCH", id, kTrickled, tag)), 204U);
}

TEST_F(WhipSessionsTest, NobodyNewWhileStopping) {
  const std::string id = stand();
  whip->stop_new();
  EXPECT_EQ(status(post()), 503U);
  EXPECT_EQ(refused.back(), Refusal::kStopping);
  EXPECT_EQ(status(to_session("PATCH", id, kTrickled, tag)), 204U);
  EXPECT_EQ(status(to_session("DELETE", id)), 200U);
}

}  // namespace
}  // namespace jackfield::webrtc
