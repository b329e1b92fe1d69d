#include "tts_protocol.hpp"

#include <algorithm>

#include "base64.hpp"
#include "json_members.hpp"
#include "settings_text.hpp"
#include "url_query.hpp"

namespace elevenlabs {

using jackfield::JsonValue;
using jackfield::two_decimals;
using Kind = JsonValue::Kind;

namespace {

std::string context_field(std::string_view context) {
  return context.empty() ? "" : R"(,"context_id":)" + jackfield::quote_json(context);
}

const JsonValue* array_of(const JsonValue& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const JsonValue* value = array_member(object, key)) return value;
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
  std::string settings = R"("speed":)" + two_decimals(voice.speed);
  if (voice.stability >= 0) settings += R"(,"stability":)" + two_decimals(voice.stability);
  if (voice.similarity_boost >= 0) {
    settings += R"(,"similarity_boost":)" + two_decimals(voice.similarity_boost);
  }
  if (voice.style >= 0) settings += R"(,"style":)" + two_decimals(voice.style);
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
  message.context = string_member(json, "contextId");
  if (message.context.empty()) message.context = string_member(json, "context_id");
  message.is_final = true_member(json, "isFinal") || true_member(json, "is_final");
  const JsonValue* audio = json.find("audio");
  if (!audio && !message.is_final) {
    std::string code = string_member(json, "error");
    std::string words = string_member(json, "message");
    if (code.empty() && words.empty()) return std::nullopt;
    if (code.empty()) code = "service";
    message.error = {.code = code, .text = describe(code, words), .retryable = is_retryable(code)};
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

}  // namespace elevenlabs
