#include "tts_protocol.hpp"

#include <algorithm>
#include <cstdio>

#include "base64.hpp"
#include "json_reader.hpp"
#include "url_query.hpp"

namespace elevenlabs {

using jackfield::JsonValue;
using Kind = JsonValue::Kind;

namespace {

std::string decimal(double value) {
  // Not the locale's comma.
  const int hundredths = static_cast<int>(value * 100 + 0.5);
  char text[16];
  std::snprintf(text, sizeof text, "%d.%02d", hundredths / 100, hundredths % 100);
  return text;
}

std::string context_field(std::string_view context) {
  return context.empty() ? "" : R"(,"context_id":)" + jackfield::quote_json(context);
}

std::string field(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.find(key);
  return value && value->is(Kind::kString) ? value->string : "";
}

bool is_true(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.find(key);
  return value && value->is(Kind::kBoolean) && value->boolean;
}

const JsonValue* array_of(const JsonValue& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const JsonValue* value = object.find(key);
    if (value && value->is(Kind::kArray)) return value;
  }
  return nullptr;
}

double time_of(const JsonValue& value) {
  // Days, at most: what is beyond is no time in a reply.
  return value.is(Kind::kNumber) ? std::clamp(value.number, 0.0, 1e9) : 0.0;
}

std::vector<TimedCharacter> read_alignment(const JsonValue* alignment) {
  std::vector<TimedCharacter> result;
  if (!alignment || !alignment->is(Kind::kObject)) return result;
  const JsonValue* chars = array_of(*alignment, {"chars"});
  const JsonValue* starts = array_of(*alignment, {"charStartTimesMs", "char_start_times_ms"});
  // The schema and the examples spell it with an s, the current SDK without.
  const JsonValue* durations =
      array_of(*alignment, {"charDurationsMs", "charsDurationsMs", "char_durations_ms"});
  if (!chars || !starts) return result;
  const std::size_t count = std::min(chars->items.size(), starts->items.size());
  result.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!chars->items[i].is(Kind::kString)) return {};
    result.push_back({.character = chars->items[i].string,
                      .start_ms = time_of(starts->items[i]),
                      .duration_ms = durations && i < durations->items.size()
                                         ? time_of(durations->items[i])
                                         : 0.0});
  }
  return result;
}

}  // namespace

std::string tts_url(const TtsUrl& url) {
  jackfield::UrlQuery query;
  query.add("model_id", url.model);
  query.add("output_format", url.output_format);
  query.add_if("language_code", url.language);
  query.add("inactivity_timeout", static_cast<long>(url.inactivity_timeout_s));
  query.add("sync_alignment", "true");
  if (url.auto_mode) query.add("auto_mode", "true");
  std::string result = jackfield::websocket_base(url.base_url) + "/v1/text-to-speech/" +
                       jackfield::percent_encode(url.voice) +
                       (url.multi_context ? "/multi-stream-input" : "/stream-input") + query.text();
  if (!url.extra.empty()) result += "&" + url.extra;
  return result;
}

std::string open_message(std::string_view context, const VoiceSettings& voice) {
  // Exactly one space opens a context.
  std::string settings = R"("speed":)" + decimal(voice.speed);
  if (voice.stability >= 0) settings += R"(,"stability":)" + decimal(voice.stability);
  if (voice.similarity_boost >= 0) {
    settings += R"(,"similarity_boost":)" + decimal(voice.similarity_boost);
  }
  if (voice.style >= 0) settings += R"(,"style":)" + decimal(voice.style);
  return R"({"text":" ")" + context_field(context) + R"(,"voice_settings":{)" + settings + "}}";
}

std::string text_message(std::string_view context, std::string_view text, bool flush) {
  return R"({"text":)" + jackfield::quote_json(std::string(text) + " ") + context_field(context) +
         (flush ? R"(,"flush":true})" : "}");
}

std::string close_context_message(std::string_view context) {
  return R"({"context_id":)" + jackfield::quote_json(context) + R"(,"close_context":true})";
}

std::string end_message() { return R"({"text":""})"; }

std::string keep_alive_message(std::string_view context) {
  if (context.empty()) return R"({"text":" "})";
  return R"({"text":"")" + context_field(context) + "}";
}

std::string close_socket_message() { return R"({"close_socket":true})"; }

std::optional<TtsMessage> read_tts_message(std::string_view text) {
  const auto parsed = jackfield::parse_json(text);
  if (!parsed.value || !parsed.value->is(Kind::kObject)) return std::nullopt;
  const JsonValue& json = *parsed.value;
  TtsMessage message;
  message.context = field(json, "contextId");
  if (message.context.empty()) message.context = field(json, "context_id");
  message.is_final = is_true(json, "isFinal") || is_true(json, "is_final");
  const JsonValue* audio = json.find("audio");
  if (!audio && !message.is_final) {
    std::string code = field(json, "error");
    std::string words = field(json, "message");
    if (code.empty() && words.empty()) return std::nullopt;
    if (code.empty()) code = "service";
    if (words.empty()) words = code;
    message.error = {code, "ElevenLabs: " + words, is_retryable(code)};
    return message;
  }
  if (audio && audio->is(Kind::kString) && !audio->string.empty()) {
    message.audio.resize(jackfield::base64_decoded_max(audio->string.size()));
    const auto size = jackfield::base64_decode(audio->string, message.audio);
    if (!size) return std::nullopt;
    message.audio.resize(*size);
    message.alignment = read_alignment(json.find("alignment"));
  }
  return message;
}

bool is_retryable(std::string_view code) {
  // Wrong keys, wrong voices, an empty account: the next attempt ends the same way.
  for (const std::string_view hopeless :
       {"invalid_api_key", "auth_error", "authentication_error", "quota_exceeded",
        "max_character_limit_exceeded", "voice_not_found", "model_not_found", "invalid_request",
        "only_for_creator+", "unaccepted_terms", "input_error"}) {
    if (code == hopeless) return false;
  }
  return true;
}

std::optional<TtsMessage::Error> explain_end(int http_status, int close_code,
                                             std::string_view details) {
  using Error = TtsMessage::Error;
  switch (http_status) {
    case 401:
      // ElevenLabs says so of an empty account, too.
      return Error{"unauthorized",
                   "ElevenLabs refuses the key, or no credit is left: set api-key or "
                   "ELEVENLABS_API_KEY, or see to the account",
                   false};
    case 402:
      return Error{"no-credit", "no credit is left at ElevenLabs", false};
    case 400:
    case 403:
    case 404:
    case 422:
      return Error{"bad-request",
                   "ElevenLabs does not accept the voice, the model or the format, or the plan "
                   "does not have it",
                   false};
    case 429:
      return Error{"rate-limited", "too many requests to ElevenLabs at a time", true};
    default:
      break;
  }
  if (close_code == 1008) {
    return Error{"refused", "ElevenLabs closed the connection: " + std::string(details), true};
  }
  return std::nullopt;
}

}  // namespace elevenlabs
