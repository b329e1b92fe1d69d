#include "flux_protocol.hpp"

#include <gtest/gtest.h>

namespace deepgram {
namespace {

TEST(FluxProtocolTest, TheEventsOfATurn) {
  FluxProtocol flux;
  const auto turn = [&](const std::string& event) {
    return flux.read(R"({"type":"TurnInfo","event":")" + event +
                     R"(","transcript":"hi there","end_of_turn_confidence":0.75})");
  };
  EXPECT_TRUE(turn("StartOfTurn").speech_start);
  EXPECT_EQ(turn("Update").tail, "hi there");
  const auto eager = turn("EagerEndOfTurn");
  EXPECT_TRUE(eager.speech_probably_over);
  EXPECT_EQ(eager.note, "eager-end-of-turn");
  EXPECT_EQ(eager.confidence, 0.75);
  EXPECT_EQ(turn("TurnResumed").note, "turn-resumed");
  EXPECT_EQ(turn("EndOfTurn").settled, "hi there");
  EXPECT_TRUE(turn("EndOfTurn").speech_end);
  EXPECT_FALSE(flux.read(R"({"type":"Connected"})").malformed);
  EXPECT_TRUE(flux.read(R"({"type":"TurnInfo"})").malformed);
  EXPECT_EQ(flux.read(R"({"type":"Error","code":"X","description":"y"})").error->code, "X");
  EXPECT_TRUE(flux.read(R"({"type":"ConfigureFailure"})").passing);
  EXPECT_FALSE(flux.finish());
  EXPECT_TRUE(flux.continuous());
}

TEST(FluxProtocolTest, WhatIsNoMessage) {
  FluxProtocol flux;
  for (const char* text :
       {"", "x", "[]", "{}", R"({"type":1})", R"({"type":"TurnInfo","event":"Update"})",
        R"({"type":"TurnInfo","event":1,"transcript":"a"})",
        R"({"type":"TurnInfo","event":"Update","transcript":[]})"}) {
    EXPECT_TRUE(flux.read(text).malformed) << text;
  }
  EXPECT_FALSE(flux.keep_alive());
  EXPECT_EQ(flux.goodbye()->data, R"({"type":"CloseStream"})");
}

}  // namespace
}  // namespace deepgram
