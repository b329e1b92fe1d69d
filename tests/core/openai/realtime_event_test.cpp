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

TEST(RealtimeEventTest, WhatIsPaidForIsRead) {
  const auto done = parse(
      R"({"type":"response.done","response":{"id":"r","status":"completed","usage":{"total_tokens":300,"input_tokens":200,"output_tokens":100,"input_token_details":{"text_tokens":50,"audio_tokens":150,"cached_tokens":80,"cached_tokens_details":{"text_tokens":20,"audio_tokens":60}},"output_token_details":{"text_tokens":30,"audio_tokens":70}}}})");
  ASSERT_TRUE(done.usage);
  EXPECT_EQ(done.usage->input_tokens, 200u);
  EXPECT_EQ(done.usage->cached_tokens, 80u);
  EXPECT_EQ(done.usage->input_audio_tokens, 150u);
  EXPECT_EQ(done.usage->cached_audio_tokens, 60u);
  EXPECT_EQ(done.usage->output_tokens, 100u);
  EXPECT_EQ(done.usage->output_audio_tokens, 70u);
  constexpr char kTranscribed[] =
      R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"i","transcript":"hi","usage":)";
  const auto timed = parse(std::string(kTranscribed) + R"({"type":"duration","seconds":1.5}})");
  ASSERT_TRUE(timed.usage);
  EXPECT_EQ(timed.usage->audio_ms, 1500u);
  const auto counted = parse(
      std::string(kTranscribed) +
      R"({"type":"tokens","input_tokens":12,"output_tokens":3,"total_tokens":15,"input_token_details":{"audio_tokens":11}}})");
  ASSERT_TRUE(counted.usage);
  EXPECT_EQ(counted.usage->input_tokens, 12u);
  EXPECT_EQ(counted.usage->input_audio_tokens, 11u);
  EXPECT_EQ(counted.usage->audio_ms, 0u);
  for (const char* nonsense : {"null", "7", "[]"}) {
    EXPECT_FALSE(parse(std::string(kTranscribed) + nonsense + "}").usage) << nonsense;
  }
  const auto odd = parse(std::string(kTranscribed) +
                         R"({"seconds":"x","input_tokens":-5,"input_token_details":7}})");
  ASSERT_TRUE(odd.usage);
  EXPECT_EQ(odd.usage->input_tokens, 0u);
}

TEST(RealtimeEventTest, AFunctionIsCalledWhenItsItemIsComplete) {
  const auto item = [](const std::string& more) {
    return R"({"type":"response.output_item.done","response_id":"r","output_index":0,"item":{"id":"i",)" +
           more + "}}";
  };
  const auto call = parse(item(
      R"("type":"function_call","status":"completed","call_id":"c","name":"f","arguments":"{}")"));
  EXPECT_EQ(call.kind, Kind::kToolCall);
  EXPECT_EQ(call.item_id, "i");
  EXPECT_EQ(call.call_id, "c");
  EXPECT_EQ(call.name, "f");
  EXPECT_EQ(call.text, "{}");
  // Of a response that was cancelled.
  EXPECT_EQ(
      parse(
          item(
              R"("type":"function_call","status":"incomplete","call_id":"c","name":"f","arguments":"{")"))
          .kind,
      Kind::kOther);
  EXPECT_EQ(parse(item(R"("type":"message","status":"completed")")).kind, Kind::kOther);
  EXPECT_NE(refusal(item(R"("type":"function_call","status":"completed","call_id":"c")")), "");
  EXPECT_NE(refusal(item(R"("type":"function_call","status":"completed","name":"f")")), "");
}

TEST(RealtimeEventTest, AResponseBesideTheConversationIsNamed) {
  EXPECT_EQ(
      parse(R"({"type":"response.created","response":{"id":"r","metadata":{"aside":"aside_1"}}})")
          .aside,
      "aside_1");
  EXPECT_EQ(parse(R"({"type":"response.created","response":{"id":"r","metadata":null}})").aside,
            "");
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
