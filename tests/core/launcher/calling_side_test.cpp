#include "webrtc/core/calling_side.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "json_members.hpp"
#include "json_reader.hpp"

namespace jackfield::webrtc {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

class CallingSideTest : public testing::Test {
 protected:
  void make(CallingSide::Config config = {}) {
    side.emplace(std::move(config), now);
    collect();
  }
  void hear(const std::string& text) {
    side->received(text, now);
    collect();
  }
  void lose(bool final = false) {
    side->lost("the network is down", final, now);
    collect();
  }
  void pass(std::uint64_t ns) {
    for (const std::uint64_t end = now + ns; now < end;) {
      now += std::min<std::uint64_t>(kSecond / 10, end - now);
      side->advance(now);
      collect();
    }
  }
  void begin() {
    make({.join = {.room = "r", .token = "t", .name = "Ann", .resume = {}}});
    hear(R"({"type":"welcome","peer":"p1","line":"agent","iceServers":[]})");
    hear(R"({"type":"joined","room":"r","peers":[],"peer":"p1","iceServers":[{"urls":"stun:s"}]})");
    log.clear();
  }
  void offer(const std::string& sdp = "o") {
    side->call_describes({.type = Description::Type::kOffer, .sdp = sdp});
    collect();
  }
  void end(const std::string& reason, bool failed = false) {
    side->call_ended(reason, failed, now);
    collect();
  }

  void collect() {
    while (const auto next = side->next_action()) {
      if (std::holds_alternative<calling::Connect>(*next)) {
        log.push_back("connect");
      } else if (const auto* send = std::get_if<calling::Send>(&*next)) {
        const auto json = parse_json(send->text);
        ASSERT_TRUE(json.value);
        std::string line = "send " + string_member(*json.value, "type");
        for (const char* member : {"room", "token", "resume", "sdp", "candidate", "reason"}) {
          const std::string value = string_member(*json.value, member);
          if (!value.empty()) line += " " + value;
        }
        log.push_back(line);
      } else if (const auto* begun = std::get_if<calling::Begin>(&*next)) {
        log.push_back("begin " + begun->peer + " " + begun->room + " " + begun->ice_servers_json);
      } else if (const auto* describe = std::get_if<calling::Describe>(&*next)) {
        log.push_back("describe " + describe->description.sdp);
      } else if (const auto* suggest = std::get_if<calling::Suggest>(&*next)) {
        log.push_back("suggest " + suggest->candidate.candidate.value_or("end"));
      } else if (const auto* tell = std::get_if<calling::Tell>(&*next)) {
        log.push_back("tell " + tell->event.name + " " + tell->event.data_json);
      } else if (const auto* hang_up = std::get_if<calling::HangUp>(&*next)) {
        log.push_back("hang up: " + hang_up->reason);
      } else if (std::holds_alternative<calling::Disconnect>(*next)) {
        log.push_back("disconnect");
      } else if (const auto* over = std::get_if<calling::End>(&*next)) {
        ASSERT_FALSE(outcome);
        outcome = over->outcome;
      }
    }
  }
  using Lines = std::vector<std::string>;
  Lines taken() { return std::exchange(log, {}); }

  std::uint64_t now = 1000 * kSecond;
  std::optional<CallingSide> side;
  Lines log;
  std::optional<CallingOutcome> outcome;
};

TEST_F(CallingSideTest, ACallFromTheFirstWordToTheLast) {
  make({.join = {.room = "r", .token = "t", .name = "Ann", .resume = {}}});
  EXPECT_EQ(taken(), Lines{"connect"});
  hear(R"({"type":"welcome","peer":"p1","line":"agent","iceServers":[]})");
  EXPECT_EQ(taken(), Lines{"send join r t"});
  hear(R"({"type":"joined","room":"r","peers":[],"peer":"p1","iceServers":[{"urls":"stun:s"}]})");
  EXPECT_EQ(taken(), Lines{R"(begin p1 r [{"urls":"stun:s"}])"});
  offer();
  side->call_suggests({.candidate = "c", .mid = "0", .line = 0});
  collect();
  EXPECT_EQ(taken(), (Lines{"send offer o", "send ice-candidate c"}));
  // The line's candidates wait for its answer.
  hear(R"({"type":"ice-candidate","candidate":"s","sdpMid":"0","sdpMLineIndex":0})");
  EXPECT_EQ(taken(), Lines{});
  hear(R"({"type":"answer","sdp":"a"})");
  EXPECT_EQ(taken(), (Lines{"describe a", "suggest s"}));
  hear(R"({"type":"event","name":"turn","data":{"n":1}})");
  hear(R"({"type":"something-new"})");
  hear("rubbish");
  EXPECT_EQ(taken(), Lines{R"(tell turn {"n":1})"});
  side->hang_up("enough", now);
  collect();
  EXPECT_EQ(taken(), Lines{"hang up: enough"});
  end("whatever");
  EXPECT_EQ(taken(), (Lines{"send bye enough", "disconnect"}));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->answered);
  EXPECT_FALSE(outcome->failed);
  EXPECT_EQ(outcome->reason, "enough");
}

TEST_F(CallingSideTest, NobodyIsThere) {
  make();
  for (int i = 0; i < 20 && !outcome; ++i) {
    lose();
    pass(kSecond);
  }
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->failed);
  EXPECT_EQ(outcome->reason, "the network is down");
  EXPECT_LE(now, 1011 * kSecond);
  EXPECT_GT(std::count(log.begin(), log.end(), "connect"), 3);
}

TEST_F(CallingSideTest, AServerThatSaysNothing) {
  make();
  pass(10 * kSecond);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->reason, "the server does not answer");
}

TEST_F(CallingSideTest, WhatCannotGoBetterAnotherTime) {
  make();
  lose(true);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->failed);
}

TEST_F(CallingSideTest, RefusedAtTheDoor) {
  make();
  hear(R"({"type":"welcome","peer":"p1"})");
  hear(R"({"type":"error","code":"unauthorized","message":"a token is needed","re":"join"})");
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->failed);
  EXPECT_EQ(outcome->reason, "a token is needed");
}

TEST_F(CallingSideTest, TheLineIsBusy) {
  begin();
  offer();
  hear(R"({"type":"error","code":"busy","message":"all lines are busy","re":"offer"})");
  EXPECT_EQ(taken(), (Lines{"send offer o", "hang up: all lines are busy"}));
  end("over");
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->failed);
  EXPECT_EQ(outcome->reason, "all lines are busy");
}

TEST_F(CallingSideTest, TheLineHangsUp) {
  begin();
  offer();
  hear(R"({"type":"answer","sdp":"a"})");
  hear(R"({"type":"bye","reason":"the agent is done"})");
  EXPECT_EQ(log.back(), "hang up: the agent is done");
  end("over");
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->failed);
  EXPECT_EQ(outcome->reason, "the agent is done");
}

TEST_F(CallingSideTest, ItComesBackToItsCall) {
  begin();
  offer();
  taken();
  lose();
  // What is said meanwhile is not lost.
  side->call_suggests({.candidate = "c", .mid = "0", .line = 0});
  pass(kSecond / 2);
  EXPECT_EQ(taken(), Lines{"connect"});
  lose();  // once more
  pass(kSecond);
  EXPECT_EQ(taken(), Lines{"connect"});
  hear(R"({"type":"welcome","peer":"p2"})");
  EXPECT_EQ(taken(), Lines{"send join r t p1"});
  hear(R"({"type":"joined","room":"r","peers":[],"peer":"p1","resumed":true})");
  EXPECT_EQ(taken(), Lines{"send ice-candidate c"});
  hear(R"({"type":"answer","sdp":"a"})");
  EXPECT_EQ(taken(), Lines{"describe a"});
  // The time for the way back begins anew, and an offer that got lost is said again.
  offer("second");
  taken();
  lose();
  pass(kSecond / 2);
  hear(R"({"type":"welcome","peer":"p3"})");
  hear(R"({"type":"joined","room":"r","peers":[],"peer":"p1","resumed":true})");
  EXPECT_EQ(taken(), (Lines{"connect", "send join r t p1", "send offer second"}));
}

TEST_F(CallingSideTest, TheWayBackHasAnEnd) {
  begin();
  offer();
  hear(R"({"type":"answer","sdp":"a"})");
  lose();
  for (int i = 0; i < 9; ++i) {
    pass(kSecond);
    lose();
  }
  EXPECT_FALSE(outcome);
  pass(kSecond);
  EXPECT_EQ(log.back(), "hang up: the network is down");
  pass(5 * kSecond);  // the call does not end by itself
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->failed);
}

TEST_F(CallingSideTest, TheServerHasForgottenUs) {
  begin();
  offer();
  lose();
  pass(kSecond / 2);
  hear(R"({"type":"welcome","peer":"p2"})");
  hear(R"({"type":"error","code":"timeout","message":"that peer is gone","re":"join"})");
  EXPECT_EQ(log.back(), "hang up: that peer is gone");
}

TEST_F(CallingSideTest, ACallThatFailsByItself) {
  begin();
  offer();
  hear(R"({"type":"answer","sdp":"a"})");
  end("not-connected", true);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->failed);
  EXPECT_EQ(log[log.size() - 2], "send bye not-connected");
}

TEST_F(CallingSideTest, WhatWaitsIsBounded) {
  begin();
  offer();
  lose();
  for (int i = 0; i < 1000; ++i) side->call_suggests({.candidate = "c", .mid = "0", .line = 0});
  pass(kSecond / 2);
  hear(R"({"type":"welcome","peer":"p2"})");
  taken();
  hear(R"({"type":"joined","room":"r","peers":[],"peer":"p1","resumed":true})");
  EXPECT_EQ(taken().size(), 256U);
}

}  // namespace
}  // namespace jackfield::webrtc
