#include "tts_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace elevenlabs {
namespace {

TEST(TtsProtocolTest, Messages) {
  EXPECT_EQ(open_message("r1", {.stability = 0.5, .speed = 1.1}),
            R"({"text":" ","context_id":"r1","voice_settings":{"speed":1.10,"stability":0.50}})");
  EXPECT_EQ(open_message("", {}), R"({"text":" ","voice_settings":{"speed":1.00}})");
  EXPECT_EQ(text_message("r1", "Say \"hi\".", false),
            R"({"text":"Say \"hi\". ","context_id":"r1"})");
  EXPECT_EQ(text_message("", "Hi.", true), R"({"text":"Hi. ","flush":true})");
  EXPECT_EQ(close_context_message("r1"), R"({"context_id":"r1","close_context":true})");
  // On a connection of one reply an empty text would end it; on one of contexts it does not.
  EXPECT_EQ(keep_alive_message(""), R"({"text":" "})");
  EXPECT_EQ(keep_alive_message("r1"), R"({"text":"","context_id":"r1"})");
  EXPECT_EQ(end_message(), R"({"text":""})");
}

TEST(TtsProtocolTest, Url) {
  EXPECT_EQ(tts_url({.base_url = "https://x/", .voice = "a/b", .model = "m", .output_format = "f"}),
            "wss://x/v1/text-to-speech/a%2Fb/multi-stream-input?model_id=m&output_format=f"
            "&inactivity_timeout=180&sync_alignment=true&auto_mode=true");
}

TEST(TtsProtocolTest, AllSpellings) {
  for (const char* text : {R"({"audio":"AAEC","contextId":"r1","isFinal":true,"alignment":
            {"chars":["a"],"charStartTimesMs":[5],"charDurationsMs":[7]}})",
                           R"({"audio":"AAEC","context_id":"r1","is_final":true,"alignment":
            {"chars":["a"],"charStartTimesMs":[5],"charsDurationsMs":[7]}})",
                           R"({"audio":"AAEC","context_id":"r1","is_final":true,"alignment":
            {"chars":["a"],"char_start_times_ms":[5],"char_durations_ms":[7]}})"}) {
    const auto message = read_tts_message(text);
    ASSERT_TRUE(message) << text;
    EXPECT_EQ(message->context, "r1");
    EXPECT_TRUE(message->is_final);
    EXPECT_EQ(message->audio, (std::vector<uint8_t>{0, 1, 2}));
    ASSERT_EQ(message->alignment.size(), 1U);
    EXPECT_EQ(message->alignment[0].start_ms, 5);
    EXPECT_EQ(message->alignment[0].duration_ms, 7);
  }
}

TEST(TtsProtocolTest, EndAndErrors) {
  auto message = read_tts_message(R"({"audio":null,"isFinal":true})");
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->is_final);
  EXPECT_TRUE(message->audio.empty());
  message = read_tts_message(R"({"message":"No credit.","error":"quota_exceeded","code":1008})");
  ASSERT_TRUE(message && message->error);
  EXPECT_EQ(message->error->code, "quota_exceeded");
  EXPECT_FALSE(message->error->retryable);
  for (const char* text : {"", "[]", "{}", R"({"audio":"%"})", R"({"audio":"AAE"})"}) {
    EXPECT_FALSE(read_tts_message(text)) << text;
  }
}

TEST(TtsProtocolTest, AnUnevenAlignmentIsCutToWhatFits) {
  const auto message = read_tts_message(
      R"({"audio":"AAEC","alignment":{"chars":["a","b"],"charStartTimesMs":[5,-1e300,3]}})");
  ASSERT_TRUE(message);
  ASSERT_EQ(message->alignment.size(), 2U);
  EXPECT_EQ(message->alignment[1].start_ms, 0);
  EXPECT_EQ(message->alignment[1].duration_ms, 0);
}

}  // namespace
}  // namespace elevenlabs
