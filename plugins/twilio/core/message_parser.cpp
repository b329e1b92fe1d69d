#include "message_parser.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "json_scanner.hpp"

namespace twilio {
namespace {

// The longest mark name, SID or parameter taken; Twilio's own limit for a parameter is 500.
constexpr size_t kMaxString = 4096;

std::optional<uint64_t> to_number(std::string_view digits) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

bool is_digit_key(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'D') || c == '*' || c == '#';
}

std::optional<EventKind> kind_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, EventKind>, 6> kNames{{
      {"media", EventKind::kMedia},
      {"mark", EventKind::kMark},
      {"connected", EventKind::kConnected},
      {"start", EventKind::kStart},
      {"dtmf", EventKind::kDtmf},
      {"stop", EventKind::kStop},
  }};
  for (const auto& [text, kind] : kNames) {
    if (text == name) return kind;
  }
  return std::nullopt;
}

}  // namespace

// What one pass over a message has found, in whatever order its keys came.
struct MessageParser::Fields {
  MessageParser& parser;
  JsonScanner scanner;
  Message& message;
  bool event = false;
  bool known_event = false;
  bool media = false, timestamp = false, payload = false;
  bool start = false, format = false;
  bool mark_name = false;
  bool stream_sid = false;

  // The string that comes next, escapes resolved; std::nullopt for another type or an error.
  std::optional<std::string_view> string() {
    if (scanner.next() != JsonToken::kString) return std::nullopt;
    if (!scanner.escaped()) return scanner.raw();
    std::optional<std::string> text = json_unescape(scanner.raw());
    if (!text) return std::nullopt;
    return parser.keep(std::move(*text));
  }

  bool copy_string(std::string& to) {
    const auto text = string();
    if (!text || text->size() > kMaxString) return false;
    to = *text;
    return true;
  }

  // A key that counts may stand once: which of two is meant, nobody knows (RFC 8259 section 4).
  static bool first(bool& seen) { return !std::exchange(seen, true); }

  // Twilio writes counters as strings and the media format as numbers; either is taken.
  std::optional<uint64_t> number() {
    const JsonToken token = scanner.next();
    if (token != JsonToken::kString && token != JsonToken::kNumber) return std::nullopt;
    return to_number(scanner.raw());
  }

  // Calls on_key(key) with the value still to be read, for each key of the object that comes next.
  template <typename F>
  bool object(F&& on_key) {
    if (scanner.next() != JsonToken::kBeginObject) return false;
    for (;;) {
      const JsonToken token = scanner.next();
      if (token == JsonToken::kEndObject) return true;
      if (token != JsonToken::kKey || !on_key(scanner.raw())) return false;
    }
  }

  bool read_media() {
    return first(media) && object([this](std::string_view key) {
             if (key == "payload") {
               const auto text = string();
               if (text) message.payload = *text;
               return first(payload) && text.has_value();
             }
             if (key == "timestamp") {
               const auto value = number();
               if (value) message.timestamp_ms = *value;
               return first(timestamp) && value.has_value();
             }
             if (key == "track") {
               const auto text = string();
               if (text) message.track = *text;
               return text.has_value();
             }
             return scanner.skip_value();
           });
  }

  bool read_parameters() {
    return object([this](std::string_view key) {
      std::string name{key};
      if (scanner.escaped()) {
        std::optional<std::string> text = json_unescape(key);
        if (!text) return false;
        name = std::move(*text);
      }
      std::string value;
      if (name.size() > kMaxString || !copy_string(value)) return false;
      for (const auto& [other, unused] : message.start.parameters) {
        if (other == name) return false;
      }
      if (message.start.parameters.size() < kMaxParameters) {
        message.start.parameters.emplace_back(std::move(name), std::move(value));
      }
      return true;
    });
  }

  bool read_format() {
    MediaFormat& to = message.start.format;
    return first(format) && object([this, &to](std::string_view key) {
             if (key == "encoding") return copy_string(to.encoding);
             if (key != "sampleRate" && key != "channels") return scanner.skip_value();
             const bool rate = key == "sampleRate";
             const auto value = number();
             if (value) (rate ? to.sample_rate : to.channels) = *value;
             return value.has_value();
           });
  }

  bool read_start() {
    StartDetails& to = message.start;
    return first(start) && object([this, &to](std::string_view key) {
             if (key == "streamSid") return copy_string(to.stream_sid);
             if (key == "accountSid") return copy_string(to.account_sid);
             if (key == "callSid") return copy_string(to.call_sid);
             if (key == "customParameters") return read_parameters();
             if (key == "mediaFormat") return read_format();
             return scanner.skip_value();
           });
  }

  bool read_dtmf() {
    return object([this](std::string_view key) {
      if (key != "digit") return scanner.skip_value();
      const auto text = string();
      if (text && text->size() == 1 && is_digit_key(text->front())) message.digit = text->front();
      return text.has_value();
    });
  }

  bool read_mark() {
    return object([this](std::string_view key) {
      if (key != "name") return scanner.skip_value();
      const auto text = string();
      if (text) message.mark_name = *text;
      return first(mark_name) && text.has_value();
    });
  }

  bool read_top(std::string_view key) {
    if (key == "event") {
      const auto text = string();
      if (!text || !first(event)) return false;
      if (const auto kind = kind_of(*text)) {
        known_event = true;
        message.kind = *kind;
      }
      return true;
    }
    if (key == "media") return read_media();
    if (key == "streamSid") {
      const auto text = string();
      if (text) message.stream_sid = *text;
      return first(stream_sid) && text.has_value();
    }
    if (key == "sequenceNumber") return (message.sequence_number = number()).has_value();
    if (key == "mark") return read_mark();
    if (key == "dtmf") return read_dtmf();
    if (key == "start") return read_start();
    return scanner.skip_value();
  }

  bool complete() const {
    switch (message.kind) {
      case EventKind::kConnected:
        return true;
      case EventKind::kStart:
        return start && format && !message.stream_sid.empty() &&
               message.start.stream_sid == message.stream_sid && !message.start.call_sid.empty();
      case EventKind::kMedia:
        return media && payload && timestamp && !message.stream_sid.empty();
      case EventKind::kDtmf:
        return message.digit != 0 && !message.stream_sid.empty();
      case EventKind::kMark:
        return mark_name && !message.stream_sid.empty();
      case EventKind::kStop:
        return !message.stream_sid.empty();
    }
    return false;
  }
};

std::string_view MessageParser::keep(std::string text) {
  unescaped_.push_back(std::move(text));
  return unescaped_.back();
}

ParseError MessageParser::parse(std::string_view text, Message& message) {
  unescaped_.clear();
  message = Message{};
  Fields fields{*this, JsonScanner{text}, message};
  const bool read = fields.object([&fields](std::string_view key) { return fields.read_top(key); });
  if (!read || fields.scanner.next() != JsonToken::kEnd) {
    // A value of the wrong type is reported as a missing field when the text is JSON at all.
    JsonScanner whole{text};
    const bool json = whole.skip_value() && whole.next() == JsonToken::kEnd;
    return json ? ParseError::kMissingField : ParseError::kBadJson;
  }
  if (!fields.event) return ParseError::kMissingField;
  if (!fields.known_event) return ParseError::kUnknownEvent;
  return fields.complete() ? ParseError::kNone : ParseError::kMissingField;
}

}  // namespace twilio
