#include "realtime_messages.hpp"

#include <gtest/gtest.h>

#include <array>

#include "json_reader.hpp"

namespace openai::realtime {
namespace {

using jackfield::read_json;

TEST(RealtimeMessagesTest, SessionUpdateSaysItsTypeAndTheFormatOfBothSides) {
  SessionSettings s;
  s.voice = "marin";
  s.instructions = "Say \"hello\".";
  s.transcription_model = "gpt-live-transcribe";
  s.language = "en";
  s.noise_reduction = "far_field";
  s.reasoning_effort = "low";
  s.tools = R"([{"type":"function","name":"f"}])";
  const auto json = read_json(session_update(s));
  const auto* session = json.find("session");
  ASSERT_TRUE(session);
  EXPECT_EQ(session->find("type")->string, "realtime");
  EXPECT_EQ(session->find("output_modalities")->items.size(), 1u);
  EXPECT_EQ(session->find("instructions")->string, "Say \"hello\".");
  EXPECT_EQ(session->find("tools")->items[0].find("name")->string, "f");
  EXPECT_EQ(session->find("reasoning")->find("effort")->string, "low");
  const auto* input = session->find("audio")->find("input");
  EXPECT_EQ(input->find("format")->find("type")->string, "audio/pcmu");
  EXPECT_FALSE(input->find("format")->find("rate"));
  EXPECT_EQ(input->find("turn_detection")->find("type")->string, "server_vad");
  EXPECT_EQ(input->find("turn_detection")->find("silence_duration_ms")->number, 500);
  EXPECT_EQ(input->find("transcription")->find("language")->string, "en");
  EXPECT_EQ(input->find("noise_reduction")->find("type")->string, "far_field");
  EXPECT_EQ(session->find("audio")->find("output")->find("voice")->string, "marin");
}

TEST(RealtimeMessagesTest, PcmSaysItsRateAndOwnTurnsAreNull) {
  SessionSettings s;
  s.format = AudioFormat::kPcm24;
  s.turn_detection = TurnDetection::kNone;
  const auto json = read_json(session_update(s));
  const auto* input = json.find("session")->find("audio")->find("input");
  EXPECT_EQ(input->find("format")->find("rate")->number, 24000);
  EXPECT_TRUE(input->find("turn_detection")->is(jackfield::JsonValue::Kind::kNull));
  EXPECT_FALSE(json.find("session")->find("audio")->find("output")->find("voice"));
}

TEST(RealtimeMessagesTest, AudioIsBase64) {
  const std::array<uint8_t, 3> bytes{0xFF, 0x00, 0x7F};
  EXPECT_EQ(read_json(append_audio(bytes)).find("audio")->string, "/wB/");
}

TEST(RealtimeMessagesTest, AllAreJson) {
  EXPECT_EQ(read_json(create_response("a \"b\"")).find("response")->find("instructions")->string,
            "a \"b\"");
  EXPECT_EQ(read_json(truncate_item("i", 1234)).find("audio_end_ms")->number, 1234);
  EXPECT_EQ(read_json(tool_output("c", "{\"x\":1}")).find("item")->find("output")->string,
            "{\"x\":1}");
  EXPECT_EQ(read_json(past_message(true, "hi")).find("item")->find("role")->string, "user");
  const auto past = read_json(past_message(false, "hi"));
  EXPECT_EQ(past.find("item")->find("content")->items[0].find("type")->string, "output_text");
  for (const auto& text : {commit_audio(), clear_audio(), cancel_response("r")}) read_json(text);
}

TEST(RealtimeMessagesTest, ToolsAreChecked) {
  EXPECT_EQ(check_tools(""), "");
  EXPECT_EQ(check_tools(R"([{"type":"function","name":"f"}])"), "");
  EXPECT_NE(check_tools("{}"), "");
  EXPECT_NE(check_tools(R"([{"name":"f"}])"), "");
  EXPECT_NE(check_tools(R"([{"type":"function","function":{"name":"f"}}])"), "");
  EXPECT_NE(check_tools("[1,").find("line 1"), std::string::npos);
}

}  // namespace
}  // namespace openai::realtime
