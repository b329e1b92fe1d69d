#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flux_protocol.hpp"
#include "listen_url.hpp"
#include "nova_protocol.hpp"
#include "service_error.hpp"

namespace deepgram {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::string results(const char* text, const char* flags) {
  return std::string(R"({"type":"Results","channel_index":[0,1],"start":1.5,"duration":0.5,)") +
         flags + R"(,"channel":{"alternatives":[{"transcript":")" + text +
         R"(","confidence":0.9,"words":[]}]}})";
}

TEST(NovaProtocolTest, InterimAndFinalResults) {
  NovaProtocol nova;
  auto reading = nova.read(results("hello wor", R"("is_final":false,"speech_final":false)"));
  EXPECT_EQ(reading.tail, "hello wor");
  EXPECT_TRUE(reading.speech_start);
  EXPECT_FALSE(reading.settled);
  reading = nova.read(results("hello world", R"("is_final":true,"speech_final":true)"));
  EXPECT_EQ(reading.settled, "hello world");
  EXPECT_EQ(reading.settled_until_s, 2.0);
  EXPECT_TRUE(reading.speech_end);
  EXPECT_FALSE(reading.answered);
  reading = nova.read(results("", R"("is_final":true,"from_finalize":true)"));
  EXPECT_EQ(reading.settled, "");
  EXPECT_TRUE(reading.answered);
  EXPECT_FALSE(reading.speech_start);
}

TEST(NovaProtocolTest, OtherMessages) {
  NovaProtocol nova;
  EXPECT_TRUE(nova.read(R"({"type":"SpeechStarted","channel":[0],"timestamp":1})").speech_start);
  EXPECT_TRUE(nova.read(R"({"type":"UtteranceEnd","channel":[0,1],"last_word_end":2})").speech_end);
  EXPECT_FALSE(nova.read(R"({"type":"Metadata","duration":2})").malformed);
  EXPECT_FALSE(nova.read(R"({"type":"SomethingNew"})").malformed);
  const auto error =
      nova.read(R"({"type":"Error","description":"no","variant":"DATA-0000"})").error;
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "DATA-0000");
  EXPECT_FALSE(error->retryable);
}

TEST(NovaProtocolTest, WhatIsNoMessage) {
  NovaProtocol nova;
  for (const char* text : {"", "x", "[]", "{}", R"({"type":1})", R"({"type":"Results"})",
                           R"({"type":"Results","channel":[]})",
                           R"({"type":"Results","channel":{"alternatives":[3]}})"}) {
    EXPECT_TRUE(nova.read(text).malformed) << text;
  }
}

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

TEST(ListenUrlTest, Nova) {
  EXPECT_EQ(
      listen_url({.base_url = "https://api.deepgram.com/",
                  .language = "en",
                  .keyterms = {"Jack field", "ä"},
                  .extra = "tag=x"},
                 {.mulaw = true, .rate = 8000}),
      "wss://api.deepgram.com/v1/listen?model=nova-3&encoding=mulaw&sample_rate=8000&channels=1"
      "&language=en&interim_results=true&endpointing=300&utterance_end_ms=1000"
      "&smart_format=true&keyterm=Jack%20field&keyterm=%C3%A4&tag=x");
}

TEST(ListenUrlTest, Flux) {
  const std::string url = listen_url({.base_url = "ws://127.0.0.1:1",
                                      .flux = true,
                                      .eot_threshold = 0.8,
                                      .eager_eot_threshold = 0.35},
                                     {.mulaw = false, .rate = 16000});
  EXPECT_EQ(url,
            "ws://127.0.0.1:1/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=16000"
            "&eot_threshold=0.80&eager_eot_threshold=0.35&eot_timeout_ms=5000");
}

TEST(ListenUrlTest, Terms) {
  EXPECT_THAT(split_terms(" a b, c,,d "), ElementsAre("a b", "c", "d"));
  EXPECT_TRUE(split_terms("").empty());
}

TEST(ServiceErrorTest, Statuses) {
  EXPECT_EQ(explain_status(401, "")->code, "unauthorized");
  EXPECT_FALSE(explain_status(401, "")->retryable);
  EXPECT_THAT(explain_status(400, "no such model")->text, HasSubstr("no such model"));
  EXPECT_TRUE(explain_status(429, "")->retryable);
  EXPECT_FALSE(explain_status(503, ""));
}

}  // namespace
}  // namespace deepgram
