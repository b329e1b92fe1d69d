#include "flux_protocol.hpp"

#include "json_members.hpp"
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
  reading.confidence = number_member(message, "end_of_turn_confidence");
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
  const auto message = jackfield::parse_typed_message(text, "type");
  const std::string type = message ? string_member(*message, "type") : "";
  if (!message) {
    reading.malformed = true;
  } else if (type == "TurnInfo") {
    return read_turn(*message);
  } else if (type == "Error") {
    reading.error = read_error(*message);
  } else if (type == "ConfigureFailure") {
    reading.error = read_error(*message);
    reading.passing = true;
  }
  return reading;
}

}  // namespace deepgram
