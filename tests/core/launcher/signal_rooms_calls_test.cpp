#include "signal_rooms_fixture.hpp"
#include "webrtc/core/signal_rooms.hpp"

namespace jackfield::webrtc {
namespace {

class SignalRoomsCallsTest : public SignalRoomsFixture {
 protected:
  void call_says(const Description& description, CallNumber call = 1) {
    rooms->call_describes(call, description, now);
    collect();
  }
  void call_answers(const std::string& sdp = "a") {
    call_says({.type = Description::Type::kAnswer, .sdp = sdp});
  }
  void call_offers(const std::string& sdp) {
    call_says({.type = Description::Type::kOffer, .sdp = sdp});
  }
  void call_ends(const std::string& reason = "", CallNumber call = 1) {
    rooms->call_ended(call, reason, now);
    collect();
  }
};

TEST_F(SignalRoomsCallsTest, TheFirstOfferBeginsACall) {
  make();
  const auto a = join(R"("room":"r","name":"Ann","role":"listen")");
  say(a, R"({"type":"ice-candidate","candidate":"c1"})");
  EXPECT_TRUE(requests.empty());
  say(a, R"({"type":"offer","sdp":"o"})");
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].line, "agent");
  EXPECT_EQ(requests[0].room, "r");
  EXPECT_EQ(requests[0].peer, "p1");
  EXPECT_EQ(requests[0].name, "Ann");
  EXPECT_EQ(requests[0].client_address, "1.2.3.4");
  EXPECT_TRUE(requests[0].listen_only);
  EXPECT_EQ(told(1), (Lines{"describe o", "suggest c1"}));
  heard(a);
  // The line's candidates do not overtake its answer.
  rooms->call_suggests(1, {.candidate = "s1", .mid = "0", .line = 0}, now);
  collect();
  EXPECT_EQ(heard(a), Lines{});
  call_answers();
  EXPECT_EQ(heard(a), (Lines{"answer a", "ice-candidate s1"}));
  EXPECT_EQ(rooms->calls(), 1U);
}

TEST_F(SignalRoomsCallsTest, AnswersToNothing) {
  make();
  const auto a = join();
  say(a, R"({"type":"answer","sdp":"x"})");
  EXPECT_EQ(last(a), "error bad-message answer");
  say(a, R"({"type":"offer","sdp":"o"})");
  say(a, R"({"type":"answer","sdp":"x"})");
  EXPECT_EQ(last(a), "error bad-message answer");
  say(a, R"({"type":"offer","sdp":"another"})");
  EXPECT_EQ(last(a), "error bad-message offer");
  EXPECT_EQ(told(1), Lines{"describe o"});
}

TEST_F(SignalRoomsCallsTest, BothOfferAndOursStands) {
  make();
  const auto a = join_and_call();
  call_answers();
  heard(a), told(1);
  call_offers("ours");
  say(a, R"({"type":"offer","sdp":"theirs"})");
  EXPECT_EQ(heard(a), Lines{"offer ours"});  // and no error
  EXPECT_EQ(told(1), Lines{});
  say(a, R"({"type":"answer","sdp":"to ours"})");
  say(a, R"({"type":"offer","sdp":"theirs"})");
  EXPECT_EQ(told(1), (Lines{"describe to ours", "describe theirs"}));
}

TEST_F(SignalRoomsCallsTest, AnOfferThatTheOldConnectionSwallowed) {
  make();
  const auto a = join_and_call();
  call_answers();
  call_offers("ours");
  rooms->disconnected(a, now);
  const auto again = connect();
  say(again, R"({"type":"join","resume":"p1"})");
  EXPECT_EQ(heard(again), (Lines{"welcome", "joined", "offer ours"}));
}

TEST_F(SignalRoomsCallsTest, TheLineHangsUpAndIsCalledAgain) {
  make();
  const auto a = join_and_call();
  call_answers();
  call_ends("the agent is done");
  EXPECT_EQ(last(a), "bye the agent is done");
  EXPECT_EQ(told(1).back(), "drop");
  EXPECT_FALSE(is_closed(a));
  // What the call says afterwards nobody hears.
  call_offers("late");
  call_ends();
  rooms->call_tells(1, {.name = "turn", .data_json = "1"}, now);
  collect();
  EXPECT_EQ(heard(a), Lines{});
  say(a, R"({"type":"offer","sdp":"again"})");
  EXPECT_EQ(told(2), Lines{"describe again"});
  EXPECT_EQ(requests.size(), 2U);
}

TEST_F(SignalRoomsCallsTest, ThePeerHangsUpInOrder) {
  make();
  const auto a = join_and_call();
  call_answers();
  say(a, R"({"type":"bye","reason":"enough"})");
  EXPECT_EQ(told(1).back(), "hang up: enough");
  EXPECT_FALSE(is_closed(a));
  say(a, R"({"type":"offer","sdp":"no"})");  // too late
  EXPECT_EQ(told(1), Lines{});
  call_ends("whatever");
  EXPECT_EQ(last(a), "bye enough");
  EXPECT_EQ(closed.at(a), 1000);
  EXPECT_EQ(rooms->peers(), 0U);
}

TEST_F(SignalRoomsCallsTest, ACallThatDoesNotEndIsDropped) {
  make();
  const auto a = join_and_call();
  call_answers();
  say(a, R"({"type":"bye"})");
  pass(5 * kSecond - 1);
  EXPECT_FALSE(is_closed(a));
  pass(1);
  EXPECT_EQ(told(1).back(), "drop");
  EXPECT_EQ(last(a), "bye the peer hung up");
  EXPECT_EQ(rooms->calls() + rooms->peers(), 0U);
}

TEST_F(SignalRoomsCallsTest, ARefusedCallLeavesThePeer) {
  make();
  const auto a = join_and_call();
  rooms->call_refused(1, code::kBusy, "no place", now);
  collect();
  EXPECT_EQ(last(a), "error busy offer");
  EXPECT_EQ(rooms->calls(), 0U);
  say(a, R"({"type":"offer","sdp":"again"})");
  EXPECT_EQ(last_call, 2U);
  // Refused while it was leaving.
  say(a, R"({"type":"bye"})");
  rooms->call_refused(2, code::kBusy, "no place", now);
  collect();
  EXPECT_TRUE(is_closed(a));
  EXPECT_EQ(rooms->peers(), 0U);
}

TEST_F(SignalRoomsCallsTest, TheLineDoesNotAnswer) {
  make();
  const auto a = join_and_call();
  heard(a);
  pass(20 * kSecond);
  rooms->heard(a, now);
  EXPECT_EQ(last(a), "error timeout offer");
  EXPECT_EQ(told(1).back(), "hang up: no answer to an offer");
  say(a, R"({"type":"offer","sdp":"again"})");
  EXPECT_EQ(last(a), "error busy offer");
  call_ends();
  EXPECT_EQ(last(a), "bye no answer to an offer");
  say(a, R"({"type":"offer","sdp":"again"})");
  EXPECT_EQ(told(2), Lines{"describe again"});
}

TEST_F(SignalRoomsCallsTest, ThePeerDoesNotAnswer) {
  make();
  const auto a = join_and_call();
  call_answers();
  call_offers("ours");
  pass(20 * kSecond);
  const auto all = heard(a);
  EXPECT_EQ(all.back(), "error timeout");
  EXPECT_EQ(told(1).back(), "hang up: no answer to an offer");
}

TEST_F(SignalRoomsCallsTest, CandidatesWithoutEnd) {
  make({.rate = {.burst = 10'000, .per_second = 1}});
  const auto a = join_and_call();
  call_answers();
  for (int i = 0; i < 1000; ++i) say(a, R"({"type":"ice-candidate","candidate":"c"})");
  EXPECT_EQ(closed.at(a), 1008);
  const auto all = told(1);
  EXPECT_EQ(all.size(), 1U + 512U + 1U);
  EXPECT_EQ(all.back(), "hang up: too many candidates");
  EXPECT_EQ(heard(a).back(), "error bad-message ice-candidate");
  call_ends();
  EXPECT_EQ(rooms->peers(), 0U);
}

TEST_F(SignalRoomsCallsTest, CandidatesBeforeTheOfferAreBounded) {
  make();
  const auto a = join();
  for (int i = 0; i < 65; ++i) say(a, R"({"type":"ice-candidate","candidate":"c"})");
  EXPECT_EQ(last(a), "error bad-message ice-candidate");
  say(a, R"({"type":"offer","sdp":"o"})");
  EXPECT_EQ(told(1).size(), 65U);
  EXPECT_FALSE(is_closed(a));
}

}  // namespace
}  // namespace jackfield::webrtc
