#include "flux_protocol.hpp"

#include "json_reader.hpp"
#include "service_error.hpp"

namespace deepgram {

using jackfield::JsonValue;
using jackfield::SttMessage;
using jackfield::SttReading;
using Kind = JsonValue::Kind;

namespace {

SttReading read_turn(const JsonValue& message) {
  SttReading reading;
  const JsonValue* event = message.find("event");
  const JsonValue* text = message.find("transcript");
  if (!event || !event->is(Kind::kString) || !text || !text->is(Kind::kString)) {
    reading.malformed = true;
    return reading;
  }
  if (const JsonValue* sure = message.find("end_of_turn_confidence");
      sure && sure->is(Kind::kNumber)) {
    reading.confidence = sure->number;
  }
  // The transcript is that of the whole turn so far.
  if (event->string == "EndOfTurn") {
    reading.settled = text->string;
    reading.speech_end = true;
    return reading;
  }
  reading.tail = text->string;
  if (event->string == "StartOfTurn") {
    reading.speech_start = true;
  } else if (event->string == "EagerEndOfTurn") {
    reading.speech_probably_over = true;
    reading.note = "eager-end-of-turn";
  } else if (event->string == "TurnResumed") {
    reading.note = "turn-resumed";
  }
  return reading;
}

}  // namespace

SttMessage FluxProtocol::audio(std::span<const uint8_t> bytes) {
  return {.binary = true, .data = {bytes.begin(), bytes.end()}};
}

std::optional<SttMessage> FluxProtocol::goodbye() {
  return SttMessage{.data = R"({"type":"CloseStream"})"};
}

SttReading FluxProtocol::read(std::string_view text) {
  SttReading reading;
  const auto parsed = jackfield::parse_json(text);
  const JsonValue* type =
      parsed.value && parsed.value->is(Kind::kObject) ? parsed.value->find("type") : nullptr;
  if (!type || !type->is(Kind::kString)) {
    reading.malformed = true;
  } else if (type->string == "TurnInfo") {
    return read_turn(*parsed.value);
  } else if (type->string == "Error") {
    reading.error = read_error(*parsed.value);
  } else if (type->string == "ConfigureFailure") {
    reading.error = read_error(*parsed.value);
    reading.passing = true;
  }
  return reading;
}

}  // namespace deepgram
