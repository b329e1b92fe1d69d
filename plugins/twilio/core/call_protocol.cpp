#include "call_protocol.hpp"

namespace twilio {

const char* offence_name(Offence offence) {
  switch (offence) {
    case Offence::kBadJson:
      return "bad-json";
    case Offence::kUnknownEvent:
      return "unknown-event";
    case Offence::kMissingField:
      return "missing-field";
    case Offence::kWrongStream:
      return "wrong-stream";
    case Offence::kOutOfOrder:
      return "out-of-order";
    case Offence::kBinaryFrame:
      return "binary-frame";
    case Offence::kTooLong:
      return "too-long";
    case Offence::kBadBase64:
      return "bad-base64";
    case Offence::kUnexpectedMark:
      return "unexpected-mark";
  }
  return "";
}

void CallProtocol::count(Offence offence) {
  ++counts_[static_cast<size_t>(offence)];
  ++total_;
}

CallProtocol::Verdict CallProtocol::offence(Offence kind) {
  count(kind);
  return Verdict::kOffence;
}

CallProtocol::Verdict CallProtocol::on_text(std::string_view text) {
  switch (parser_.parse(text, message_)) {
    case ParseError::kBadJson:
      return offence(Offence::kBadJson);
    case ParseError::kUnknownEvent:
      return offence(Offence::kUnknownEvent);
    case ParseError::kMissingField:
      return offence(Offence::kMissingField);
    case ParseError::kNone:
      break;
  }
  if (message_.kind == EventKind::kConnected) return Verdict::kIgnore;
  if (message_.kind == EventKind::kStart) {
    if (started_) return offence(Offence::kOutOfOrder);
    const MediaFormat& format = message_.start.format;
    if (format.encoding != "audio/x-mulaw" || format.sample_rate != 8000 || format.channels != 1) {
      return Verdict::kUnsupported;
    }
    started_ = true;
    start_ = std::move(message_.start);
    check_sequence();
    return Verdict::kAccept;
  }
  if (!started_) return offence(Offence::kOutOfOrder);
  if (message_.stream_sid != start_.stream_sid) return offence(Offence::kWrongStream);
  check_sequence();
  // A unidirectional stream may carry our own audio as a second track.
  if (message_.kind == EventKind::kMedia && message_.track == "outbound") return Verdict::kIgnore;
  return Verdict::kAccept;
}

void CallProtocol::check_sequence() {
  if (!message_.sequence_number) return;
  const uint64_t number = *message_.sequence_number;
  if (last_sequence_ != 0 && number > last_sequence_ + 1)
    sequence_gaps_ += number - last_sequence_ - 1;
  last_sequence_ = number;
}

}  // namespace twilio
