#include "nova_protocol.hpp"

#include <gtest/gtest.h>

namespace deepgram {
namespace {

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

TEST(NovaProtocolTest, WhatIsSent) {
  NovaProtocol nova;
  const std::vector<uint8_t> bytes{1, 2, 3};
  EXPECT_TRUE(nova.audio(bytes).binary);
  EXPECT_EQ(nova.audio(bytes).data, "\x01\x02\x03");
  EXPECT_EQ(nova.finish()->data, R"({"type":"Finalize"})");
  EXPECT_EQ(nova.keep_alive()->data, R"({"type":"KeepAlive"})");
  EXPECT_EQ(nova.goodbye()->data, R"({"type":"CloseStream"})");
  EXPECT_FALSE(nova.continuous());
}

}  // namespace
}  // namespace deepgram
