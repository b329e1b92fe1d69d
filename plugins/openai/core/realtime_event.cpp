#include "realtime_event.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base64.hpp"
#include "json_reader.hpp"

namespace openai::realtime {
namespace {

using jackfield::JsonValue;
using Kind = ServerEvent::Kind;

struct Shape {
  std::string_view type;
  Kind kind;
  const char* text;  // the member that becomes ServerEvent::text
  bool response = false;
  bool item = false;
};
constexpr std::array kShapes{
    Shape{"session.created", Kind::kSessionCreated, nullptr},
    Shape{"session.updated", Kind::kSessionUpdated, nullptr},
    Shape{"input_audio_buffer.speech_started", Kind::kSpeechStarted, nullptr, false, true},
    Shape{"input_audio_buffer.speech_stopped", Kind::kSpeechStopped, nullptr, false, true},
    Shape{"input_audio_buffer.committed", Kind::kCommitted, nullptr, false, true},
    Shape{"conversation.item.input_audio_transcription.delta", Kind::kTranscriptDelta, "delta",
          false, true},
    Shape{"conversation.item.input_audio_transcription.completed", Kind::kTranscriptDone,
          "transcript", false, true},
    Shape{"conversation.item.input_audio_transcription.failed", Kind::kTranscriptFailed, nullptr,
          false, true},
    Shape{"response.created", Kind::kResponseCreated, nullptr},
    Shape{"response.output_audio.delta", Kind::kAudioDelta, nullptr, true, true},
    Shape{"response.output_audio_transcript.delta", Kind::kReplyTranscriptDelta, "delta", true,
          true},
    Shape{"response.output_audio_transcript.done", Kind::kReplyTranscriptDone, "transcript", true,
          true},
    Shape{"response.output_item.done", Kind::kToolCall, nullptr, true},
    Shape{"response.done", Kind::kResponseDone, nullptr},
    Shape{"error", Kind::kError, nullptr},
};

const std::string* string_in(const JsonValue* object, std::string_view key) {
  const JsonValue* value = object ? object->find(key) : nullptr;
  return value && value->is(JsonValue::Kind::kString) ? &value->string : nullptr;
}
std::string text_in(const JsonValue* object, std::string_view key) {
  const std::string* text = string_in(object, key);
  return text ? *text : std::string();
}

uint64_t milliseconds_in(const JsonValue& event, std::string_view key) {
  const JsonValue* value = event.find(key);
  if (!value || !value->is(JsonValue::Kind::kNumber) || !(value->number > 0)) return 0;
  return static_cast<uint64_t>(std::min(value->number, 1e12));
}

bool take_audio(const JsonValue& event, ServerEvent& out) {
  const std::string* delta = string_in(&event, "delta");
  if (!delta) return false;
  out.audio.resize(jackfield::base64_decoded_max(delta->size()));
  const auto size = jackfield::base64_decode(*delta, out.audio);
  if (!size) return false;
  out.audio.resize(*size);
  return true;
}

uint64_t count_in(const JsonValue* object, std::string_view key) {
  const JsonValue* value = object ? object->find(key) : nullptr;
  if (!value || !value->is(JsonValue::Kind::kNumber) || !(value->number > 0)) return 0;
  return static_cast<uint64_t>(std::min(value->number, 1e15));
}

// `object`: a response, or the event of a transcription.
void take_usage(const JsonValue* object, ServerEvent& out) {
  const JsonValue* usage = object ? object->find("usage") : nullptr;
  if (!usage || !usage->is(JsonValue::Kind::kObject)) return;
  const JsonValue* input = usage->find("input_token_details");
  const JsonValue* output = usage->find("output_token_details");
  const JsonValue* seconds = usage->find("seconds");
  const bool timed = seconds && seconds->is(JsonValue::Kind::kNumber) && seconds->number > 0;
  out.usage = Usage{
      .input_tokens = count_in(usage, "input_tokens"),
      .cached_tokens = count_in(input, "cached_tokens"),
      .input_audio_tokens = count_in(input, "audio_tokens"),
      .cached_audio_tokens =
          count_in(input ? input->find("cached_tokens_details") : nullptr, "audio_tokens"),
      .output_tokens = count_in(usage, "output_tokens"),
      .output_audio_tokens = count_in(output, "audio_tokens"),
      .reasoning_tokens = count_in(output, "reasoning_tokens"),
      .audio_ms = timed ? static_cast<uint64_t>(std::min(seconds->number, 1e9) * 1000) : 0,
  };
}

// Arguments are done when a response is cancelled, too; an item is complete only when it is whole.
bool take_call(const JsonValue& event, ServerEvent& out, std::string& error) {
  const JsonValue* item = event.find("item");
  if (text_in(item, "type") != "function_call" || text_in(item, "status") != "completed") {
    out.kind = Kind::kOther;
    return true;
  }
  out.item_id = text_in(item, "id");
  out.call_id = text_in(item, "call_id");
  out.name = text_in(item, "name");
  out.text = text_in(item, "arguments");
  if (!out.call_id.empty() && !out.name.empty()) return true;
  error = "a function_call without a good " + std::string(out.name.empty() ? "name" : "call_id");
  return false;
}

void take_response(const JsonValue& event, ServerEvent& out) {
  const JsonValue* response = event.find("response");
  out.response_id = text_in(response, "id");
  out.status = text_in(response, "status");
  out.aside = text_in(response ? response->find("metadata") : nullptr, "aside");
  const JsonValue* details = response ? response->find("status_details") : nullptr;
  const JsonValue* error = details ? details->find("error") : nullptr;
  out.code = text_in(error, "code");
  out.text = text_in(error, "message");
  if (out.code.empty()) out.code = text_in(error, "type");
  if (out.text.empty()) out.text = text_in(details, "reason");
  take_usage(response, out);
}

}  // namespace

std::optional<ServerEvent> parse_server_event(std::string_view text, std::string& error) {
  const auto parsed = jackfield::parse_json(text);
  if (!parsed.value || !parsed.value->is(JsonValue::Kind::kObject)) {
    error = parsed.value ? "not an object" : parsed.error;
    return std::nullopt;
  }
  const JsonValue& event = *parsed.value;
  const std::string* type = string_in(&event, "type");
  if (!type) {
    error = "an event without a type";
    return std::nullopt;
  }
  ServerEvent out;
  const auto shape =
      std::find_if(kShapes.begin(), kShapes.end(), [&](const Shape& s) { return s.type == *type; });
  if (shape == kShapes.end()) return out;
  out.kind = shape->kind;
  const auto missing = [&](const char* what) {
    error = *type + " without a good " + what;
    return std::nullopt;
  };
  out.item_id = text_in(&event, "item_id");
  out.response_id = text_in(&event, "response_id");
  if (shape->item && out.item_id.empty()) return missing("item_id");
  if (shape->response && out.response_id.empty()) return missing("response_id");
  if (shape->text) {
    const std::string* member = string_in(&event, shape->text);
    if (!member) return missing(shape->text);
    out.text = *member;
  }
  switch (out.kind) {
    case Kind::kSpeechStarted:
      out.ms = milliseconds_in(event, "audio_start_ms");
      break;
    case Kind::kSpeechStopped:
      out.ms = milliseconds_in(event, "audio_end_ms");
      break;
    case Kind::kAudioDelta:
      if (!take_audio(event, out)) return missing("delta");
      break;
    case Kind::kToolCall:
      return take_call(event, out, error) ? std::optional(std::move(out)) : std::nullopt;
    case Kind::kResponseCreated:
    case Kind::kResponseDone:
      take_response(event, out);
      if (out.response_id.empty()) return missing("response.id");
      break;
    case Kind::kTranscriptDone:
      take_usage(&event, out);
      break;
    case Kind::kTranscriptFailed:
    case Kind::kError: {
      const JsonValue* details = event.find("error");
      out.code = text_in(details, "code");
      out.text = text_in(details, "message");
      out.error_type = text_in(details, "type");
      out.client_event_id = text_in(details, "event_id");
      if (out.code.empty()) out.code = out.error_type;
      break;
    }
    default:
      break;
  }
  return out;
}

}  // namespace openai::realtime
