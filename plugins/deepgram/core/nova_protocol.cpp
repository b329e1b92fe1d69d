#include "nova_protocol.hpp"

#include "json_reader.hpp"
#include "service_error.hpp"

namespace deepgram {

using jackfield::JsonValue;
using jackfield::SttMessage;
using jackfield::SttReading;
using Kind = JsonValue::Kind;

namespace {

bool is_true(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.find(key);
  return value && value->is(Kind::kBoolean) && value->boolean;
}

double number(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.find(key);
  return value && value->is(Kind::kNumber) ? value->number : 0.0;
}

// The first alternative of the only channel.
const JsonValue* transcript_of(const JsonValue& message) {
  const JsonValue* channel = message.find("channel");
  if (!channel || !channel->is(Kind::kObject)) return nullptr;
  const JsonValue* alternatives = channel->find("alternatives");
  if (!alternatives || !alternatives->is(Kind::kArray) || alternatives->items.empty()) {
    return nullptr;
  }
  const JsonValue& best = alternatives->items.front();
  const JsonValue* text = best.is(Kind::kObject) ? best.find("transcript") : nullptr;
  return text && text->is(Kind::kString) ? text : nullptr;
}

SttReading read_results(const JsonValue& message) {
  SttReading reading;
  const JsonValue* text = transcript_of(message);
  if (!text) {
    reading.malformed = true;
    return reading;
  }
  // An empty transcript is normal: it settles that nothing was said.
  reading.speech_start = !text->string.empty();
  if (!is_true(message, "is_final")) {
    reading.tail = text->string;
    return reading;
  }
  reading.settled = text->string;
  reading.settled_until_s = number(message, "start") + number(message, "duration");
  reading.answered = is_true(message, "from_finalize");
  reading.speech_end = is_true(message, "speech_final");
  return reading;
}

}  // namespace

SttMessage NovaProtocol::audio(std::span<const uint8_t> bytes) {
  return {.binary = true, .data = {bytes.begin(), bytes.end()}};
}

std::optional<SttMessage> NovaProtocol::finish() {
  return SttMessage{.data = R"({"type":"Finalize"})"};
}

std::optional<SttMessage> NovaProtocol::keep_alive() {
  return SttMessage{.data = R"({"type":"KeepAlive"})"};
}

std::optional<SttMessage> NovaProtocol::goodbye() {
  return SttMessage{.data = R"({"type":"CloseStream"})"};
}

SttReading NovaProtocol::read(std::string_view text) {
  SttReading reading;
  const auto parsed = jackfield::parse_json(text);
  const JsonValue* type =
      parsed.value && parsed.value->is(Kind::kObject) ? parsed.value->find("type") : nullptr;
  if (!type || !type->is(Kind::kString)) {
    reading.malformed = true;
  } else if (type->string == "Results") {
    return read_results(*parsed.value);
  } else if (type->string == "SpeechStarted") {
    reading.speech_start = true;
  } else if (type->string == "UtteranceEnd") {
    // The same end of speech as speech_final's, or the only sign of it.
    reading.speech_end = true;
  } else if (type->string == "Error") {
    reading.error = read_error(*parsed.value);
  }
  return reading;  // what else there is (Metadata, later additions) says nothing about words
}

}  // namespace deepgram
