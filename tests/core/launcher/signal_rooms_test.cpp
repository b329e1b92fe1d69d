#include "webrtc/core/signal_rooms.hpp"

#include "signal_rooms_fixture.hpp"

namespace jackfield::webrtc {
namespace {

class SignalRoomsTest : public SignalRoomsFixture {};

TEST_F(SignalRoomsTest, AJoinMakesAPeer) {
  make();
  const auto a = connect();
  EXPECT_EQ(heard(a), Lines{"welcome"});
  EXPECT_TRUE(admitted.empty());
  say(a, R"({"type":"offer","sdp":"o"})");
  EXPECT_EQ(last(a), "error unauthorized offer");
  say(a, R"({"type":"join"})");
  EXPECT_EQ(last(a), "joined");
  EXPECT_EQ(admitted, std::vector<ConnectionId>{a});
  EXPECT_NE(texts[a].back().find(R"("room":"p1")"), std::string::npos);  // one of its own
  say(a, R"({"type":"join"})");
  EXPECT_EQ(last(a), "error bad-message join");
  EXPECT_EQ(rooms->peers(), 1U);
}

TEST_F(SignalRoomsTest, NobodyJoinsALineThatIsNone) {
  make();
  rooms->connected(7, "", "1.2.3.4", "", now);
  collect();
  EXPECT_EQ(last(7), "error no-such-line");
  EXPECT_EQ(closed.at(7), 1008);
  EXPECT_EQ(rooms->connections(), 0U);
}

TEST_F(SignalRoomsTest, ARoomKnowsWhoComesAndGoes) {
  make();
  const auto a = join(R"("room":"r","name":"Ann")");
  const auto b = join(R"("room":"r","name":"Bo")");
  const auto c = join(R"("room":"q")");
  EXPECT_EQ(last(a), "event peer-joined");
  EXPECT_NE(texts[b].back().find(R"("peers":[{"peer":"p1","name":"Ann"}])"), std::string::npos);
  heard(b);
  say(a, R"({"type":"bye"})");
  EXPECT_EQ(last(a), "bye the peer hung up");
  EXPECT_EQ(closed.at(a), 1000);
  EXPECT_EQ(last(b), "event peer-left");
  EXPECT_EQ(heard(c), (Lines{"welcome", "joined"}));
}

TEST_F(SignalRoomsTest, RoomsOfTwoLinesAreTwo) {
  make();
  const auto a = join(R"("room":"r")");
  rooms->connected(++connections, "shop", "1.2.3.4", "", now);
  say(connections, R"({"type":"join","room":"r"})");
  EXPECT_EQ(last(a), "joined");
  EXPECT_NE(texts[connections].back().find(R"("peers":[])"), std::string::npos);
}

TEST_F(SignalRoomsTest, WhatPeersSayToEachOther) {
  make();
  const auto a = join(R"("room":"r")");
  const auto b = join(R"("room":"r")");
  heard(a), heard(b);
  // A candidate does not overtake the description.
  say(a, R"({"type":"ice-candidate","candidate":"c1","to":"p2"})");
  EXPECT_EQ(heard(b), Lines{});
  say(a, R"({"type":"offer","sdp":"o","to":"p2"})");
  EXPECT_EQ(heard(b), (Lines{"offer o p1", "ice-candidate c1 p1"}));
  say(a, R"({"type":"ice-candidate","candidate":"c2","to":"p2"})");
  say(b, R"({"type":"answer","sdp":"a","to":"p1"})");
  EXPECT_EQ(heard(b), Lines{"ice-candidate c2 p1"});
  EXPECT_EQ(heard(a), Lines{"answer a p2"});
  say(a, R"({"type":"bye","to":"p2","reason":"later"})");
  EXPECT_EQ(heard(b), Lines{"bye p1 later"});
  for (const char* to : {"p1", "p9", "r"}) {
    say(a, std::string{R"({"type":"offer","sdp":"o","to":")"} + to + "\"}");
    EXPECT_EQ(last(a), "error bad-message offer") << to;
  }
  EXPECT_TRUE(requests.empty());
}

TEST_F(SignalRoomsTest, TooManyCandidatesForAnotherPeer) {
  make();
  const auto a = join(R"("room":"r")");
  join(R"("room":"r")");
  for (int i = 0; i < 65; ++i) say(a, R"({"type":"ice-candidate","candidate":"c","to":"p2"})");
  EXPECT_EQ(last(a), "error bad-message ice-candidate");
  EXPECT_FALSE(is_closed(a));
}

TEST_F(SignalRoomsTest, TokensDecideWhoIsWhere) {
  make({}, true);
  tokens["good"] = {.line = "agent", .room = "", .name = ""};
  tokens["room"] = {.line = "agent", .room = "r", .name = "Ann", .listen_only = true};
  tokens["shop"] = {.line = "shop", .room = "", .name = ""};
  const auto a = connect();
  EXPECT_EQ(texts[a].back().find("credential"), std::string::npos);
  for (const char* members :
       {"", R"(,"token":"none")", R"(,"token":"shop")", R"(,"token":"room","room":"q")"}) {
    say(a, std::string{R"({"type":"join")"} + members + "}");
    EXPECT_EQ(last(a), "error unauthorized join") << members;
  }
  say(a, R"({"type":"join","token":"room","name":"Eve"})");
  EXPECT_EQ(last(a), "joined");
  EXPECT_NE(texts[a].back().find(R"("room":"r")"), std::string::npos);
  EXPECT_NE(texts[a].back().find("credential"), std::string::npos);
  say(a, R"({"type":"offer","sdp":"o"})");
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].name, "Ann");
  EXPECT_TRUE(requests[0].listen_only);
  EXPECT_TRUE(requests[0].room_of_token);
  EXPECT_TRUE(requests[0].name_of_token);
  const auto b = connect();
  say(b, R"({"type":"join","token":"good","role":"listen","room":"x"})");
  EXPECT_EQ(last(b), "joined");
}

TEST_F(SignalRoomsTest, ATokenThatIsNotNeededMustBeGoodAllTheSame) {
  make();
  const auto a = connect();
  say(a, R"({"type":"join","token":"none"})");
  EXPECT_EQ(last(a), "error unauthorized join");
}

TEST_F(SignalRoomsTest, Caps) {
  make({.peers = 5, .peers_per_address = 2, .peers_per_room = 2});
  const auto from = [&](const std::string& network, const std::string& room) {
    const auto id = connect(network);
    say(id, R"({"type":"join","room":")" + room + "\"}");
    return last(id);
  };
  EXPECT_EQ(from("n1", "a"), "joined");
  EXPECT_EQ(from("n1", "b"), "joined");
  EXPECT_EQ(from("n1", "c"), "error busy join");
  EXPECT_EQ(from("n2", "a"), "joined");
  EXPECT_EQ(from("n3", "a"), "error room-full join");
  EXPECT_EQ(from("", "d"), "joined");
  EXPECT_EQ(from("", "e"), "joined");
  EXPECT_EQ(from("", "f"), "error busy join");
  EXPECT_EQ(refused, (std::vector<Refusal>{Refusal::kTooManyFromAddress, Refusal::kBusy}));
  // Who leaves makes room.
  say(1, R"({"type":"bye"})");
  EXPECT_EQ(from("n1", "a"), "joined");
}

TEST_F(SignalRoomsTest, WhoDoesNotJoin) {
  make();
  const auto a = connect();
  pass(10 * kSecond - 1);
  EXPECT_FALSE(is_closed(a));
  pass(1);
  EXPECT_EQ(last(a), "error timeout");
  EXPECT_EQ(closed.at(a), 1008);
  EXPECT_EQ(rooms->connections(), 0U);
}

TEST_F(SignalRoomsTest, WhoJoinsAndDoesNotCall) {
  make();
  const auto alone = join();
  const auto waiting = join(R"("room":"r")");
  const auto calling = join_and_call();
  for (int i = 0; i < 59; ++i) {
    pass(kSecond);
    for (const auto id : {alone, waiting, calling}) rooms->heard(id, now);
    rooms->call_describes(last_call, {.type = Description::Type::kAnswer, .sdp = "a"}, now);
  }
  EXPECT_FALSE(is_closed(alone));
  pass(kSecond);
  EXPECT_TRUE(is_closed(alone));
  EXPECT_EQ(heard(alone).back(), "bye no offer came in time");
  // Who has named a room may wait there for others, for a longer time.
  for (int i = 0; i < 540; ++i) {
    EXPECT_FALSE(is_closed(waiting));
    pass(kSecond);
    for (const auto id : {waiting, calling}) rooms->heard(id, now);
  }
  EXPECT_TRUE(is_closed(waiting));
  EXPECT_FALSE(is_closed(calling));
}

TEST_F(SignalRoomsTest, PingsAndTheirSilence) {
  make({.grace = kSecond});
  const auto a = join_and_call();
  const auto b = join_and_call();
  rooms->call_describes(1, {.type = Description::Type::kAnswer, .sdp = "a"}, now);
  rooms->call_describes(2, {.type = Description::Type::kAnswer, .sdp = "a"}, now);
  for (int i = 0; i < 11; ++i) {
    pass(4 * kSecond);
    rooms->heard(a, now);
  }
  EXPECT_EQ(pings[a], 2);
  EXPECT_FALSE(is_closed(b));
  pass(kSecond);
  EXPECT_EQ(closed.at(b), 0);  // cut, without a word
  EXPECT_EQ(rooms->peers(), 2U);
  pass(kSecond);
  EXPECT_EQ(told(2).back(), "hang up: connection lost");
  rooms->call_ended(2, "", now);
  EXPECT_EQ(rooms->peers(), 1U);
  EXPECT_FALSE(is_closed(a));
}

TEST_F(SignalRoomsTest, TheGraceAndTheWayBack) {
  make();
  const auto a = join(R"("room":"r")");
  const auto b = join(R"("room":"r")");
  say(a, R"({"type":"offer","sdp":"o"})");
  rooms->disconnected(a, now);
  heard(b);
  pass(9 * kSecond);
  EXPECT_EQ(told(1), Lines{"describe o"});
  rooms->call_describes(1, {.type = Description::Type::kAnswer, .sdp = "a"}, now);
  say(b, R"({"type":"offer","sdp":"to a","to":"p1"})");
  EXPECT_EQ(heard(b), Lines{});  // nobody has left
  const auto again = connect();
  say(again, R"({"type":"join","resume":"p1","room":"elsewhere"})");
  EXPECT_EQ(heard(again), (Lines{"welcome", "joined", "answer a", "offer to a p2"}));
  EXPECT_NE(texts[again][1].find(R"("peer":"p1")"), std::string::npos);
  EXPECT_NE(texts[again][1].find(R"("resumed":true)"), std::string::npos);
  // It is p1 now, for whom the time began anew.
  say(again, R"({"type":"ice-candidate","candidate":"c"})");
  EXPECT_EQ(told(1), Lines{"suggest c"});
  rooms->disconnected(again, now);
  pass(9 * kSecond);
  EXPECT_EQ(rooms->peers(), 2U);
  pass(kSecond);
  EXPECT_EQ(told(1), Lines{"hang up: connection lost"});
  EXPECT_EQ(heard(b), Lines{"event peer-left"});
  rooms->call_ended(1, "", now);
  EXPECT_EQ(rooms->peers(), 1U);
  const auto late = connect();
  say(late, R"({"type":"join","resume":"p1"})");
  EXPECT_EQ(last(late), "error timeout join");
}

TEST_F(SignalRoomsTest, OnlyItsOwnTokenBringsAPeerBack) {
  make({}, true);
  tokens["one"] = tokens["two"] = {.line = "agent", .room = "r", .name = ""};
  const auto a = connect();
  say(a, R"({"type":"join","token":"one"})");
  const auto thief = connect();
  for (const char* members : {R"("token":"two")", R"("token":"")"}) {
    say(thief, std::string{R"({"type":"join","resume":"p1",)"} + members + "}");
    EXPECT_EQ(last(thief), "error unauthorized join");
  }
  EXPECT_FALSE(is_closed(a));
  // Its own, even when it has expired meanwhile, and before the old connection is known to be dead.
  tokens.clear();
  const auto again = connect();
  say(again, R"({"type":"join","resume":"p1","token":"one"})");
  EXPECT_EQ(last(again), "joined");
  EXPECT_EQ(closed.at(a), kCloseReplaced);
  rooms->disconnected(a, now);
  pass(11 * kSecond);
  EXPECT_EQ(rooms->peers(), 1U);
}

TEST_F(SignalRoomsTest, WhatWaitsForAPeerIsBounded) {
  make({.backlog = 10});
  const auto a = join_and_call();
  rooms->disconnected(a, now);
  // Events can be done without.
  for (int i = 0; i < 100; ++i) rooms->call_tells(1, {.name = "turn", .data_json = "1"}, now);
  pass(kSecond);
  EXPECT_EQ(rooms->peers(), 1U);
  EXPECT_EQ(told(1), Lines{"describe o"});
  // All else cannot.
  for (int i = 0; i < 20; ++i)
    rooms->call_fails(1, {.code = "internal", .text = "x", .re = ""}, now);
  pass(kSecond);
  EXPECT_EQ(told(1), Lines{"hang up: too much happened while it was away"});
}

TEST_F(SignalRoomsTest, FloodsEndTheirSender) {
  make({.rate = {.burst = 50, .per_second = 10}});
  const auto a = join_and_call();
  const auto b = join(R"("room":"r")");
  for (int i = 0; i < 100; ++i) say(a, R"({"type":"ice-candidate","candidate":"c","to":"nobody"})");
  EXPECT_EQ(closed.at(a), 1008);
  EXPECT_EQ(told(1).back(), "hang up: too many messages");
  EXPECT_EQ(refused, std::vector<Refusal>{Refusal::kTooManyMessages});
  const auto size = sent[a].size();
  EXPECT_LE(size, 55U);
  // Coming back for a new allowance does not help, and neither does guessing.
  const auto c = connect();
  for (int i = 0; i < 10; ++i) say(c, R"({"type":"join","resume":"guess"})");
  EXPECT_TRUE(is_closed(c));
  EXPECT_FALSE(is_closed(b));
}

TEST_F(SignalRoomsTest, AMessageThatIsTooLarge) {
  make();
  const auto a = join_and_call();
  rooms->received_too_large(a, now);
  collect();
  EXPECT_EQ(last(a), "error too-large");
  EXPECT_EQ(closed.at(a), 1009);
  EXPECT_EQ(told(1).back(), "hang up: a message was too large");
}

TEST_F(SignalRoomsTest, Stopping) {
  make();
  const auto a = join_and_call();
  const auto idle = join();
  const auto half = connect();
  rooms->stop_new();
  say(half, R"({"type":"join"})");
  EXPECT_EQ(last(half), "error busy join");
  say(idle, R"({"type":"offer","sdp":"o"})");
  EXPECT_EQ(last(idle), "error busy offer");
  rooms->disconnected(a, now);
  const auto back = connect();
  say(back, R"({"type":"join","resume":"p1"})");
  EXPECT_EQ(last(back), "joined");
  rooms->end_all("bye now", now);
  collect();
  EXPECT_TRUE(is_closed(idle) && is_closed(half));
  EXPECT_FALSE(is_closed(back));  // its call ends in order
  EXPECT_EQ(told(1).back(), "hang up: bye now");
  rooms->call_ended(1, "over", now);
  collect();
  EXPECT_EQ(last(back), "bye bye now");
  EXPECT_EQ(closed.at(back), 1001);
  EXPECT_EQ(rooms->peers() + rooms->connections() + rooms->calls(), 0U);
}

}  // namespace
}  // namespace jackfield::webrtc
