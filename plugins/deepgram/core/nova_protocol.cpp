#include "nova_protocol.hpp"

#include "json_members.hpp"
#include "service_error.hpp"

namespace deepgram {

using jackfield::JsonValue;
using jackfield::SttMessage;
using jackfield::SttReading;
using Kind = JsonValue::Kind;

namespace {

// The first alternative of the only channel.
const JsonValue* transcript_of(const JsonValue& message) {
  const JsonValue* channel = object_member(message, "channel");
  const JsonValue* alternatives = channel ? array_member(*channel, "alternatives") : nullptr;
  if (!alternatives || alternatives->items.empty()) return nullptr;
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
  if (!true_member(message, "is_final")) {
    reading.tail = text->string;
    return reading;
  }
  reading.settled = text->string;
  reading.settled_until_s = number_member(message, "start") + number_member(message, "duration");
  reading.answered = true_member(message, "from_finalize");
  reading.speech_end = true_member(message, "speech_final");
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
  const auto message = jackfield::parse_typed_message(text, "type");
  const std::string type = message ? string_member(*message, "type") : "";
  if (!message) {
    reading.malformed = true;
  } else if (type == "Results") {
    return read_results(*message);
  } else if (type == "SpeechStarted") {
    reading.speech_start = true;
  } else if (type == "UtteranceEnd") {
    // The same end of speech as speech_final's, or the only sign of it.
    reading.speech_end = true;
  } else if (type == "Error") {
    reading.error = read_error(*message);
  }
  return reading;  // what else there is (Metadata, later additions) says nothing about words
}

}  // namespace deepgram
