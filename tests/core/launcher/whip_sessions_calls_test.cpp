// What sessions and their calls to the line have to say to each other.
#include "whip_sessions_fixture.hpp"

namespace jackfield::webrtc {
namespace {

class WhipSessionsCallsTest : public WhipSessionsFixture {
 protected:
  WhipSessionsCallsTest() { make(); }
};

TEST_F(WhipSessionsCallsTest, CandidatesGoToTheirLine) {
  const std::string video = "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";
  const ExchangeId exchange = ask(post(sdp_of("abcd", "sendonly") + video));
  answer(last_call, sdp_of("wxyz", "recvonly") + video);
  suggest(last_call, kCandidate);
  suggest(last_call, std::nullopt);
  const std::string& body = replies[exchange].body;
  EXPECT_LT(body.find(kCandidate), body.find("m=video"));
  EXPECT_TRUE(body.ends_with(video));
}

TEST_F(WhipSessionsCallsTest, CandidatesAreNotWaitedForForEver) {
  const ExchangeId exchange = ask(post());
  answer(last_call);
  suggest(last_call, kCandidate);
  pass(2 * kSecond);
  EXPECT_FALSE(replies.contains(exchange));
  pass(2 * kSecond);
  EXPECT_EQ(replies[exchange].status, 201U);
  EXPECT_NE(replies[exchange].body.find(kCandidate), std::string::npos);
  suggest(last_call, kCandidate);  // too late, and no harm
  suggest(last_call, std::nullopt);
}

TEST_F(WhipSessionsCallsTest, AClientThatLeavesItsRestartKeepsItsCall) {
  const std::string id = stand();
  told(last_call);
  const ExchangeId exchange = ask(to_session("PATCH", id, kRestart, "*"));
  whip->gone(exchange, now);
  answer(last_call);
  suggest(last_call, std::nullopt);
  EXPECT_FALSE(replies.contains(exchange));
  EXPECT_EQ(told(last_call), Lines{"restart"});
  EXPECT_EQ(status(to_session("DELETE", id)), 200U);
}

TEST_F(WhipSessionsCallsTest, AClientThatGoesAwayBeforeItsAnswer) {
  const ExchangeId exchange = ask(post());
  told(last_call);
  whip->gone(exchange, now);
  collect();
  EXPECT_EQ(told(last_call), Lines{"hang up: the client went away before its answer"});
  answer(last_call);
  suggest(last_call, std::nullopt);
  whip->call_ended(last_call, "x", now);
  collect();
  EXPECT_FALSE(replies.contains(exchange));
  EXPECT_EQ(whip->sessions(), 0U);
}

TEST_F(WhipSessionsCallsTest, ACallThatCannotBe) {
  const std::map<std::string, unsigned> expected{
      {"busy", 503},     {"room-full", 503}, {"no-such-line", 404}, {"no-such-room", 404},
      {"internal", 500}, {"", 500},          {"timeout", 503}};
  for (const auto& [code, status] : expected) {
    const ExchangeId exchange = ask(post());
    whip->call_refused(last_call, code, "why", now);
    collect();
    EXPECT_EQ(replies[exchange].status, status) << code;
    EXPECT_EQ(field(exchange, "Retry-After").empty(), status != 503) << code;
    EXPECT_EQ(whip->sessions(), 0U);
  }
}

TEST_F(WhipSessionsCallsTest, ACallThatEndsBeforeItsAnswer) {
  const ExchangeId exchange = ask(post());
  whip->call_fails(last_call, {.code = code::kBadMessage, .text = "not like this", .re = "offer"},
                   now);
  whip->call_ended(last_call, "bad-description", now);
  collect();
  EXPECT_EQ(replies[exchange].status, 422U);
  EXPECT_NE(replies[exchange].body.find("not like this"), std::string::npos);
}

TEST_F(WhipSessionsCallsTest, ALostCallHasNoUrlAnyMore) {
  const std::string id = stand();
  whip->call_ended(last_call, "lost", now);
  collect();
  EXPECT_EQ(status(to_session("PATCH", id, kTrickled, tag)), 404U);
  EXPECT_EQ(whip->sessions(), 0U);
}

TEST_F(WhipSessionsCallsTest, ALineThatDoesNotAnswer) {
  const ExchangeId exchange = ask(post());
  told(last_call);
  pass(11 * kSecond);
  EXPECT_EQ(replies[exchange].status, 503U);
  EXPECT_EQ(told(last_call), Lines{"hang up: no answer to an offer"});
  pass(6 * kSecond);
  EXPECT_EQ(told(last_call), Lines{"drop"}) << "a call that does not hang up is cut off";
  EXPECT_EQ(whip->sessions(), 0U);
}

TEST_F(WhipSessionsCallsTest, DeleteAnswersARestartThatIsUnderWay) {
  const std::string id = stand();
  const ExchangeId exchange = ask(to_session("PATCH", id, kRestart, "*"));
  EXPECT_EQ(status(to_session("DELETE", id)), 200U);
  EXPECT_EQ(replies[exchange].status, 409U);
  answer(last_call);
  suggest(last_call, std::nullopt);
}

TEST_F(WhipSessionsCallsTest, ALineThatOffersIsNotListenedTo) {
  const std::string id = stand();
  told(last_call);
  whip->call_describes(last_call, {.type = Description::Type::kOffer, .sdp = "x"}, now);
  whip->call_describes(last_call, {.type = Description::Type::kAnswer, .sdp = "x"}, now);
  collect();
  EXPECT_TRUE(told(last_call).empty());
}

}  // namespace
}  // namespace jackfield::webrtc
