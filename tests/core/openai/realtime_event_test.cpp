#include "realtime_event.hpp"

#include <gtest/gtest.h>

namespace openai::realtime {
namespace {

using Kind = ServerEvent::Kind;

ServerEvent parse(std::string_view text) {
  std::string error;
  const auto event = parse_server_event(text, error);
  EXPECT_TRUE(event) << error;
  return event.value_or(ServerEvent{});
}
std::string refusal(std::string_view text) {
  std::string error;
  EXPECT_FALSE(parse_server_event(text, error)) << text;
  return error;
}

TEST(RealtimeEventTest, AudioIsDecoded) {
  const auto e = parse(
      R"({"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":"/wB/"})");
  EXPECT_EQ(e.kind, Kind::kAudioDelta);
  EXPECT_EQ(e.response_id, "r");
  EXPECT_EQ(e.item_id, "i");
  EXPECT_EQ(e.audio, (std::vector<uint8_t>{0xFF, 0x00, 0x7F}));
}

TEST(RealtimeEventTest, TheEndOfAResponseSaysWhy) {
  const auto e = parse(
      R"({"type":"response.done","response":{"id":"r","status":"failed","status_details":{"type":"failed","error":{"code":"quota","message":"no money"}}}})");
  EXPECT_EQ(e.status, "failed");
  EXPECT_EQ(e.text, "no money");
  const auto cut = parse(
      R"({"type":"response.done","response":{"id":"r","status":"cancelled","status_details":{"reason":"turn_detected"}}})");
  EXPECT_EQ(cut.text, "turn_detected");
}

TEST(RealtimeEventTest, TimesAndTexts) {
  EXPECT_EQ(
      parse(R"({"type":"input_audio_buffer.speech_started","item_id":"i","audio_start_ms":3780})")
          .ms,
      3780u);
  EXPECT_EQ(
      parse(R"({"type":"input_audio_buffer.speech_stopped","item_id":"i","audio_end_ms":-5})").ms,
      0u);
  EXPECT_EQ(
      parse(
          R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"i","transcript":"hi"})")
          .text,
      "hi");
  const auto tool = parse(
      R"({"type":"response.function_call_arguments.done","response_id":"r","item_id":"i","call_id":"c","name":"f","arguments":"{}"})");
  EXPECT_EQ(tool.call_id, "c");
  EXPECT_EQ(tool.name, "f");
  EXPECT_EQ(parse(R"({"type":"error","error":{"type":"t","code":null,"message":"m"}})").code, "t");
}

TEST(RealtimeEventTest, WhatIsNotNeededIsNoError) {
  EXPECT_EQ(parse(R"({"type":"rate_limits.updated","rate_limits":[]})").kind, Kind::kOther);
}

TEST(RealtimeEventTest, NonsenseIsRefusedWithAReason) {
  EXPECT_NE(refusal("{"), "");
  EXPECT_NE(refusal("[]"), "");
  EXPECT_NE(refusal("{}"), "");
  EXPECT_NE(refusal(R"({"type":7})"), "");
  EXPECT_NE(
      refusal(
          R"({"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":"***"})"),
      "");
  EXPECT_NE(refusal(R"({"type":"response.output_audio.delta","delta":"AAAA"})"), "");
  EXPECT_NE(refusal(R"({"type":"response.done","response":null})"), "");
  EXPECT_NE(
      refusal(
          R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"i","transcript":null})"),
      "");
}

}  // namespace
}  // namespace openai::realtime
