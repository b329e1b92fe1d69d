#include "realtime_messages.hpp"

#include <array>
#include <charconv>

#include "base64.hpp"
#include "json_reader.hpp"
#include "json_serialize.hpp"

namespace openai::realtime {
namespace {

using jackfield::JsonValue;
using jackfield::quote_json;

std::string decimal(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string format_object(AudioFormat format) {
  switch (format) {
    case AudioFormat::kPcmu:
      return R"({"type":"audio/pcmu"})";
    case AudioFormat::kPcma:
      return R"({"type":"audio/pcma"})";
    case AudioFormat::kPcm24:
      break;
  }
  return R"({"type":"audio/pcm","rate":24000})";
}

std::string turn_detection_object(const SessionSettings& s) {
  const std::string then = R"(,"create_response":true,"interrupt_response":)" +
                           std::string(s.interrupt_response ? "true}" : "false}");
  switch (s.turn_detection) {
    case TurnDetection::kNone:
      return "null";
    case TurnDetection::kSemanticVad:
      return R"({"type":"semantic_vad","eagerness":)" + quote_json(s.eagerness) + then;
    case TurnDetection::kServerVad:
      break;
  }
  return R"({"type":"server_vad","threshold":)" + decimal(s.threshold) +
         R"(,"prefix_padding_ms":)" + std::to_string(s.prefix_padding_ms) +
         R"(,"silence_duration_ms":)" + std::to_string(s.silence_ms) + then;
}

}  // namespace

std::string check_tools(std::string_view text) {
  if (text.empty()) return {};
  const auto parsed = jackfield::parse_json(text);
  if (!parsed.value) {
    return "line " + std::to_string(parsed.where.line) + ", column " +
           std::to_string(parsed.where.column) + ": " + parsed.error;
  }
  if (!parsed.value->is(JsonValue::Kind::kArray)) return "tools must be an array";
  for (const JsonValue& tool : parsed.value->items) {
    const JsonValue* type = tool.find("type");
    const JsonValue* name = tool.find("name");
    if (!type || !type->is(JsonValue::Kind::kString) || type->string != "function") {
      return "each tool needs \"type\":\"function\"";
    }
    if (!name || !name->is(JsonValue::Kind::kString) || name->string.empty()) {
      return "each tool needs a \"name\", beside its type";
    }
  }
  return {};
}

std::string join_tools(std::string_view own, const std::vector<jackfield::Tool>& offered) {
  std::string all = "[";
  std::size_t count = 0;
  const auto add = [&](const std::string& tool) {
    if (count++ >= jackfield::kMostTools) return;
    if (all.size() > 1) all += ",";
    all += tool;
  };
  const auto names = names_of_tools(own);
  if (const auto parsed = jackfield::parse_json(own); parsed.value) {
    for (const JsonValue& tool : parsed.value->items) add(jackfield::to_json(tool));
  }
  for (const jackfield::Tool& tool : offered) {
    if (names.contains(tool.name)) continue;
    add(R"({"type":"function","name":)" + quote_json(tool.name) + R"(,"description":)" +
        quote_json(tool.description) + R"(,"parameters":)" + tool.parameters + "}");
  }
  return all + "]";
}

std::set<std::string, std::less<>> names_of_tools(std::string_view tools) {
  std::set<std::string, std::less<>> names;
  const auto parsed = jackfield::parse_json(tools);
  if (!parsed.value) return names;
  for (const JsonValue& tool : parsed.value->items) {
    const JsonValue* name = tool.find("name");
    if (name && name->is(JsonValue::Kind::kString)) names.insert(name->string);
  }
  return names;
}

std::string update_tools(std::string_view tools) {
  return R"({"type":"session.update","session":{"type":"realtime","tools":)" + std::string(tools) +
         R"(,"tool_choice":"auto"}})";
}

std::string session_update(const SessionSettings& s) {
  const std::string format = format_object(s.format);
  std::string text = R"({"type":"session.update","session":{"type":"realtime",)"
                     R"("output_modalities":["audio"])";
  if (!s.instructions.empty()) text += ",\"instructions\":" + quote_json(s.instructions);
  if (!s.tools.empty()) text += ",\"tools\":" + s.tools + ",\"tool_choice\":\"auto\"";
  if (!s.reasoning_effort.empty()) {
    text += ",\"reasoning\":{\"effort\":" + quote_json(s.reasoning_effort) + "}";
  }
  text += ",\"audio\":{\"input\":{\"format\":" + format +
          ",\"turn_detection\":" + turn_detection_object(s);
  if (!s.transcription_model.empty()) {
    text += ",\"transcription\":{\"model\":" + quote_json(s.transcription_model);
    if (!s.language.empty()) text += ",\"language\":" + quote_json(s.language);
    text += "}";
  }
  if (!s.noise_reduction.empty()) {
    text += ",\"noise_reduction\":{\"type\":" + quote_json(s.noise_reduction) + "}";
  }
  text += "},\"output\":{\"format\":" + format;
  if (!s.voice.empty()) text += ",\"voice\":" + quote_json(s.voice);
  if (s.speed != 1.0) text += ",\"speed\":" + decimal(s.speed);
  return text + "}}}}";
}

std::string append_audio(std::span<const uint8_t> audio) {
  std::string text;
  text.reserve(64 + (audio.size() + 2) / 3 * 4);
  text = R"({"type":"input_audio_buffer.append","audio":")";
  jackfield::base64_append(text, audio);
  return text += "\"}";
}

std::string commit_audio() { return R"({"type":"input_audio_buffer.commit"})"; }
std::string clear_audio() { return R"({"type":"input_audio_buffer.clear"})"; }

std::string create_response(std::string_view instructions, bool may_call) {
  std::string response;
  if (!instructions.empty()) response = R"("instructions":)" + quote_json(instructions);
  if (!may_call) response += std::string(response.empty() ? "" : ",") + R"("tool_choice":"none")";
  if (response.empty()) return R"({"type":"response.create"})";
  return R"({"type":"response.create","response":{)" + response + "}}";
}

std::string say_exactly(std::string_view text) {
  return "Say to the caller exactly this and nothing else: " + std::string(text);
}

std::string create_aside(std::string_view id, std::string_view text) {
  // Without the conversation it is quick, and cannot be an answer.
  return R"({"type":"response.create","event_id":)" + quote_json(id) +
         R"(,"response":{"conversation":"none","input":[],"tools":[],"tool_choice":"none",)" +
         R"("output_modalities":["audio"],"metadata":{"aside":)" + quote_json(id) +
         R"(},"instructions":)" + quote_json(say_exactly(text)) + "}}";
}

std::string cancel_response(std::string_view response_id) {
  return R"({"type":"response.cancel","response_id":)" + quote_json(response_id) + "}";
}

std::string truncate_item(std::string_view item_id, uint64_t audio_end_ms) {
  return R"({"type":"conversation.item.truncate","item_id":)" + quote_json(item_id) +
         R"(,"content_index":0,"audio_end_ms":)" + std::to_string(audio_end_ms) + "}";
}

std::string delete_item(std::string_view item_id) {
  return R"({"type":"conversation.item.delete","item_id":)" + quote_json(item_id) + "}";
}

std::string tool_output(std::string_view call_id, std::string_view output) {
  return R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":)" +
         quote_json(call_id) + R"(,"output":)" + quote_json(output) + "}}";
}

std::string note_text(std::string_view text) { return "(Note: " + std::string(text) + ")"; }

std::string past_message(bool of_caller, std::string_view text) {
  return std::string(R"({"type":"conversation.item.create","item":{"type":"message","role":)") +
         (of_caller ? R"("user","content":[{"type":"input_text","text":)"
                    : R"("assistant","content":[{"type":"output_text","text":)") +
         quote_json(text) + "}]}}";
}

}  // namespace openai::realtime
