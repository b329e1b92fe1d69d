#include "webrtc/core/latency_budget.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace jackfield::webrtc;

namespace {

const LatencyPart* part(const LatencySum& sum, const std::string& name) {
  for (const LatencyPart& one : sum.parts) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

double total_of_parts(const LatencySum& sum) {
  double total = 0;
  for (const LatencyPart& one : sum.parts) total += one.ms;
  return total;
}

CallDelays agent_call() {
  return {.round_trip = 30,
          .held = 12,
          .decode = 0.2,
          .stages = 1,
          .encode = 0.5,
          .output_frame = 20,
          .ready_voice = true};
}

}  // namespace

TEST(LatencyBudgetTest, TheSumIsThatOfItsParts) {
  const LatencySum in = incoming_latency(agent_call());
  // 10 capture, 10 + 6.5 encode, 15 network, 12 + 10 jitter buffer, 0.2 decode
  EXPECT_DOUBLE_EQ(in.total_ms, 63.7);
  EXPECT_DOUBLE_EQ(total_of_parts(in), in.total_ms);
  EXPECT_DOUBLE_EQ(in.assumed_ms, 10);
  const LatencySum out = outgoing_latency(agent_call());
  EXPECT_DOUBLE_EQ(total_of_parts(out), out.total_ms);
  EXPECT_DOUBLE_EQ(part(out, "encode")->ms, 7);
  EXPECT_DOUBLE_EQ(part(out, "network")->ms, 15);
  EXPECT_EQ(part(out, "stages")->origin, Origin::kMeasured);
  EXPECT_DOUBLE_EQ(out.assumed_ms, part(out, "jitter buffer")->ms + part(out, "playback")->ms);
}

TEST(LatencyBudgetTest, AnAgentNeitherCapturesNorPlays) {
  EXPECT_EQ(part(incoming_latency(agent_call()), "playback"), nullptr);
  EXPECT_EQ(part(incoming_latency(agent_call()), "stages"), nullptr);
  EXPECT_EQ(part(outgoing_latency(agent_call()), "capture"), nullptr);
  CallDelays person = agent_call();
  person.capture = 5;
  person.playback = 8;
  EXPECT_DOUBLE_EQ(part(incoming_latency(person), "playback")->ms, 8);
  EXPECT_DOUBLE_EQ(part(outgoing_latency(person), "capture")->ms, 5);
}

TEST(LatencyBudgetTest, APacketWaitsForItsLastSampleUnlessTheVoiceComesReady) {
  CallDelays echo = agent_call();
  echo.ready_voice = false;
  EXPECT_DOUBLE_EQ(part(outgoing_latency(echo), "encode")->ms, 27);
  // What was captured first has waited for its block already.
  echo.capture = 10;
  EXPECT_DOUBLE_EQ(part(outgoing_latency(echo), "encode")->ms, 17);
  echo.capture = 40;
  EXPECT_DOUBLE_EQ(part(outgoing_latency(echo), "encode")->ms, 7);
  echo.received_frame = 10;
  EXPECT_DOUBLE_EQ(part(incoming_latency(echo), "encode")->ms, 6.5);
}

TEST(LatencyBudgetTest, BudgetsOfTheRequirement) {
  const LatencySum in = incoming_latency(agent_call());
  EXPECT_EQ(part(in, "capture")->budget_most, 10);
  EXPECT_EQ(part(in, "network")->budget_least, 30);
  EXPECT_EQ(part(in, "jitter buffer")->budget_most, 40);
  // 20 ms of sound in a packet cannot meet the 5 ms for encoding; 2.5 ms could not either, for Opus
  // looks ahead.
  EXPECT_TRUE(part(in, "encode")->over_budget());
  CallDelays shortest = agent_call();
  shortest.received_frame = 2.5;
  EXPECT_TRUE(part(incoming_latency(shortest), "encode")->over_budget());
  EXPECT_FALSE(part(in, "jitter buffer")->over_budget());
  EXPECT_FALSE(part(outgoing_latency(agent_call()), "stages")->over_budget());
}

TEST(LatencyBudgetTest, WhatIsUnknownCountsNothingAndIsTold) {
  const LatencySum in = incoming_latency({});
  EXPECT_EQ(part(in, "network")->origin, Origin::kUnknown);
  EXPECT_EQ(part(in, "jitter buffer")->ms, 0);
  EXPECT_DOUBLE_EQ(in.total_ms, 26.5);
  EXPECT_EQ(latency_text(in),
            "26 ms: capture ~10.0, encode 16.5 (budget 5), network ?, jitter buffer ?, decode ?");
}

TEST(LatencyBudgetTest, WhatThePeerTellsReplacesTheAssumption) {
  CallDelays delays = agent_call();
  delays.peer_held = 44;
  const LatencySum out = outgoing_latency(delays);
  EXPECT_EQ(part(out, "jitter buffer")->origin, Origin::kMeasured);
  EXPECT_TRUE(part(out, "jitter buffer")->over_budget());
  EXPECT_DOUBLE_EQ(out.assumed_ms, 10);
}

TEST(LatencyBudgetTest, NonsenseIsNoDelay) {
  CallDelays delays = agent_call();
  delays.round_trip = -5;
  delays.held = std::numeric_limits<double>::quiet_NaN();
  delays.decode = std::numeric_limits<double>::infinity();
  EXPECT_DOUBLE_EQ(incoming_latency(delays).total_ms, 26.5);
}

TEST(LatencyBudgetTest, LengthOfAPacket) {
  EXPECT_EQ(packet_length(48000, 50, 48000), 20);
  // Some were lost on the way to the decoder, or made up: still the same length.
  EXPECT_EQ(packet_length(46000, 50, 48000), 20);
  EXPECT_EQ(packet_length(48000, 100, 48000), 10);
  EXPECT_EQ(packet_length(48000, 17, 48000), 60);
  EXPECT_EQ(packet_length(960, 1, 48000), std::nullopt);
  EXPECT_EQ(packet_length(0, 50, 48000), std::nullopt);
  EXPECT_EQ(packet_length(48000, 50, 0), std::nullopt);
}

TEST(LatencyBudgetTest, Text) {
  EXPECT_EQ(latency_text(outgoing_latency(agent_call())),
            "63 ms: stages 1.0, encode 7.0 (budget 5), network 15.0, jitter buffer ~30.0, "
            "playback ~10.0");
  EXPECT_STREQ(origin_name(Origin::kKnown), "known");
  EXPECT_STREQ(origin_name(Origin::kAssumed), "assumed");
}
