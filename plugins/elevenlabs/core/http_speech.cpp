#include "http_speech.hpp"

#include <algorithm>
#include <utility>

#include "base64.hpp"
#include "json_members.hpp"
#include "settings_text.hpp"
#include "url_query.hpp"

namespace elevenlabs {

using jackfield::JsonValue;
using jackfield::two_decimals;
using Kind = JsonValue::Kind;

namespace {

double seconds_of(const JsonValue& value) {
  // Days, at most: what is beyond is no time in a reply.
  return value.is(Kind::kNumber) ? std::clamp(value.number, 0.0, 1e6) : 0.0;
}

std::vector<TimedCharacter> read_times(const JsonValue& json) {
  std::vector<TimedCharacter> result;
  const JsonValue* alignment = object_member(json, "alignment");
  if (!alignment) return result;
  const JsonValue* characters = array_member(*alignment, "characters");
  const JsonValue* starts = array_member(*alignment, "character_start_times_seconds");
  const JsonValue* ends = array_member(*alignment, "character_end_times_seconds");
  if (!characters || !starts) return result;
  const std::size_t count = std::min(characters->items.size(), starts->items.size());
  result.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!characters->items[i].is(Kind::kString)) return {};
    const double start = seconds_of(starts->items[i]);
    const double end = ends && i < ends->items.size() ? seconds_of(ends->items[i]) : start;
    result.push_back({.character = characters->items[i].string,
                      .start_ms = start * 1000,
                      .duration_ms = std::max(0.0, end - start) * 1000});
  }
  return result;
}

}  // namespace

std::string speech_url(const TtsUrl& url, bool timestamps) {
  jackfield::UrlQuery query;
  query.add("output_format", url.output_format);
  std::string result = jackfield::http_base(url.base_url) + "/v1/text-to-speech/" +
                       jackfield::percent_encode(url.voice) +
                       (timestamps ? "/stream/with-timestamps" : "/stream") + query.text();
  if (!url.extra.empty()) result += "&" + url.extra;
  return result;
}

bool needs_http(std::string_view model) {
  return model.starts_with("eleven_v3") || model.starts_with("eleven_v4");
}

std::string speech_body(const TtsUrl& url, const VoiceSettings& voice,
                        const SpeechRequest& request) {
  std::string body = R"({"text":)" + jackfield::quote_json(request.text) + R"(,"model_id":)" +
                     jackfield::quote_json(url.model);
  if (!url.language.empty()) body += R"(,"language_code":)" + jackfield::quote_json(url.language);
  // These models do not go on from an earlier text.
  if (!request.previous.empty() && !needs_http(url.model)) {
    body += R"(,"previous_text":)" + jackfield::quote_json(request.previous);
  }
  std::string settings;
  const auto add = [&settings](const char* name, double value) {
    settings += (settings.empty() ? "\"" : ",\"") + std::string(name) + "\":" + two_decimals(value);
  };
  if (voice.stability >= 0) add("stability", voice.stability);
  if (voice.similarity_boost >= 0) add("similarity_boost", voice.similarity_boost);
  if (voice.style >= 0) add("style", voice.style);
  if (voice.speed != 1.0) add("speed", voice.speed);
  if (!settings.empty()) body += R"(,"voice_settings":{)" + settings + "}";
  return body + "}";
}

void HttpSpeechReader::read_line(std::string_view line, std::vector<TtsMessage>& out) {
  if (line.find_first_not_of(" \r\t") == std::string_view::npos) return;
  const auto parsed = jackfield::parse_json(line);
  TtsMessage message;
  const JsonValue* audio = parsed.value && parsed.value->is(Kind::kObject)
                               ? parsed.value->find("audio_base64")
                               : nullptr;
  if (audio && audio->is(Kind::kString)) {
    message.audio.resize(jackfield::base64_decoded_max(audio->string.size()));
    const auto size = jackfield::base64_decode(audio->string, message.audio);
    if (!size) audio = nullptr;
    message.audio.resize(size.value_or(0));
  } else if (!audio || !audio->is(Kind::kNull)) {
    audio = nullptr;
  }
  if (!audio) {
    ++malformed_;
    return;
  }
  if (message.audio.empty()) return;
  message.alignment = read_times(*parsed.value);
  // The service's description leaves open from where the times count. Those of a later piece tell.
  const double before_ms =
      static_cast<double>(audio_) * 1000 / static_cast<double>(bytes_per_second_);
  if (!message.alignment.empty()) {
    from_start_ = from_start_ || (audio_ > 0 && message.alignment[0].start_ms > before_ms / 2);
    for (TimedCharacter& c : message.alignment) {
      if (from_start_) c.start_ms = std::max(0.0, c.start_ms - before_ms);
    }
  }
  audio_ += message.audio.size();
  out.push_back(std::move(message));
}

std::vector<TtsMessage> HttpSpeechReader::feed(std::string_view bytes) {
  std::vector<TtsMessage> out;
  if (!timestamps_) {
    if (!bytes.empty()) {
      out.emplace_back();
      out.back().audio.assign(bytes.begin(), bytes.end());
    }
    return out;
  }
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (!skipping_ && line_.size() + part.size() > kLongestLine) {
      skipping_ = true;
      line_ = {};
      ++malformed_;
    }
    if (!skipping_) line_.append(part);
    if (end == std::string_view::npos) break;
    if (!std::exchange(skipping_, false)) read_line(std::exchange(line_, {}), out);
    bytes.remove_prefix(end + 1);
  }
  return out;
}

std::vector<TtsMessage> HttpSpeechReader::finish() {
  std::vector<TtsMessage> out;
  if (!std::exchange(skipping_, false)) read_line(std::exchange(line_, {}), out);
  return out;
}

}  // namespace elevenlabs
