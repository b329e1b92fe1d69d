#include "scribe_protocol.hpp"

#include <algorithm>

#include "base64.hpp"
#include "json_members.hpp"
#include "service_error.hpp"
#include "settings_text.hpp"
#include "url_query.hpp"
#include "utf8.hpp"

namespace elevenlabs {

using jackfield::JsonValue;
using jackfield::SttMessage;
using jackfield::SttReading;
using Kind = JsonValue::Kind;

namespace {

constexpr std::size_t kMostKeyterms = 50;
constexpr std::size_t kLongestKeyterm = 20;  // characters
constexpr std::size_t kMostWords = 10'000;   // of one text

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) jackfield::decode_utf8(text, at);
  return count;
}

std::vector<jackfield::SttWord> read_words(const JsonValue& message) {
  std::vector<jackfield::SttWord> words;
  const JsonValue* list = array_member(message, "words");
  if (!list) return words;
  for (const JsonValue& item : list->items) {
    const std::string type = string_member(item, "type");
    if ((!type.empty() && type != "word") || words.size() >= kMostWords) continue;
    const double start = std::clamp(number_member(item, "start"), 0.0, 1e6);
    words.push_back({.text = string_member(item, "text"),
                     .start_s = start,
                     .end_s = std::clamp(number_member(item, "end"), start, 1e6)});
  }
  return words;
}

}  // namespace

std::string check_scribe_settings(const ScribeSettings& settings) {
  if (settings.keyterms.size() > kMostKeyterms) {
    return "ElevenLabs takes at most 50 key terms, not " + std::to_string(settings.keyterms.size());
  }
  for (const std::string& term : settings.keyterms) {
    if (count_characters(term) > kLongestKeyterm) {
      return "the key term \"" + term + "\" is longer than the 20 characters that ElevenLabs takes";
    }
  }
  return "";
}

std::string scribe_url(const ScribeSettings& settings, const jackfield::SttFormat& format) {
  jackfield::UrlQuery query;
  query.add("model_id", settings.model);
  query.add("audio_format", format.mulaw ? "ulaw_8000" : "pcm_" + std::to_string(format.rate));
  query.add("commit_strategy", settings.find_turns ? "vad" : "manual");
  if (settings.find_turns) {
    query.add("vad_silence_threshold_secs",
              jackfield::two_decimals(static_cast<double>(settings.vad_silence_ns) / 1e9));
    query.add("vad_threshold", jackfield::two_decimals(settings.vad_threshold));
    query.add("min_speech_duration_ms", static_cast<long>(settings.min_speech_ns / 1'000'000));
    query.add("min_silence_duration_ms", static_cast<long>(settings.min_silence_ns / 1'000'000));
  }
  query.add_if("language_code", settings.language);
  if (settings.timestamps) query.add("include_timestamps", "true");
  for (const std::string& term : settings.keyterms) query.add("keyterms", term);
  std::string url =
      jackfield::websocket_base(settings.base_url) + "/v1/speech-to-text/realtime" + query.text();
  if (!settings.extra.empty()) url += "&" + settings.extra;
  return url;
}

std::size_t ScribeProtocol::bytes_of(uint64_t ms) const {
  return static_cast<std::size_t>(ms * static_cast<uint64_t>(format_.rate) / 1000) *
         format_.frame_bytes();
}

std::vector<uint8_t> ScribeProtocol::silence(std::size_t bytes) const {
  return std::vector<uint8_t>(bytes, format_.mulaw ? 0xFF : 0x00);
}

SttMessage ScribeProtocol::chunk(std::span<const uint8_t> bytes, bool commit) const {
  std::string text = R"({"message_type":"input_audio_chunk","audio_base_64":")";
  text.reserve(text.size() + bytes.size() / 3 * 4 + 64);
  jackfield::base64_append(text, bytes);
  text += commit ? R"(","commit":true,"sample_rate":)" : R"(","commit":false,"sample_rate":)";
  text += std::to_string(format_.rate) + "}";
  return {.data = std::move(text)};
}

void ScribeProtocol::begin() {
  uncommitted_ = 0;
  commits_.clear();
}

SttMessage ScribeProtocol::add(std::span<const uint8_t> bytes) {
  uncommitted_ += bytes.size();
  const bool commit = !find_turns_ && uncommitted_ >= bytes_of(kLongestCommitMs);
  if (commit) {
    uncommitted_ = 0;
    commits_.push_back(false);
  }
  return chunk(bytes, commit);
}

SttMessage ScribeProtocol::audio(std::span<const uint8_t> bytes) { return add(bytes); }

std::optional<SttMessage> ScribeProtocol::finish() {
  const std::size_t least = bytes_of(kShortestCommitMs);
  const auto missing = silence(least - std::min(least, uncommitted_));
  uncommitted_ = 0;
  commits_.push_back(true);
  return chunk(missing, true);
}

std::optional<SttMessage> ScribeProtocol::keep_alive() {
  return add(silence(bytes_of(kKeepAliveMs)));
}

bool ScribeProtocol::take_commit() {
  if (commits_.empty()) return false;  // nobody asked for it
  const bool of_turn = commits_.front();
  commits_.pop_front();
  return of_turn;
}

SttReading ScribeProtocol::read(std::string_view text) {
  SttReading reading;
  const auto message = jackfield::parse_typed_message(text, "message_type");
  if (!message) {
    reading.malformed = true;
    return reading;
  }
  const std::string type = string_member(*message, "message_type");
  const JsonValue* words = message->find("text");
  const bool transcript = words && words->is(Kind::kString);
  if (type == "partial_transcript" || type == "final_transcript") {
    // What is final is repeated in the committed text.
    reading.malformed = !transcript;
    if (!transcript) return reading;
    reading.tail = words->string;
    reading.speech_start = !words->string.empty();
  } else if (type == "committed_transcript") {
    reading.malformed = !transcript;
    if (!transcript) return reading;
    reading.settled = words->string;
    reading.speech_start = !words->string.empty();
    reading.speech_end = find_turns_;
    reading.answered = take_commit();
    if (find_turns_) uncommitted_ = 0;
  } else if (type == "committed_transcript_with_timestamps") {
    // The same text once more, also for those who did not ask for it, and in any order.
    if (!timestamps_) return reading;
    reading.note = "words";
    reading.words = read_words(*message);
    reading.language = string_member(*message, "language_code");
  } else if (const auto error = read_scribe_error(type, *message)) {
    reading.error = error->error;
    reading.passing = error->passing;
    if (type == "commit_throttled") reading.answered = take_commit();
  }
  return reading;
}

}  // namespace elevenlabs
