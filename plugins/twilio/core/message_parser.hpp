// Reads one JSON message of a Twilio Media Streams WebSocket. Media messages, fifty a second, cost
// no allocation: their fields are views into the text.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twilio {

enum class EventKind { kConnected, kStart, kMedia, kDtmf, kMark, kStop };

struct MediaFormat {
  std::string encoding;
  uint64_t sample_rate = 0;  // Hz
  uint64_t channels = 0;
};

struct StartDetails {
  std::string stream_sid;
  std::string account_sid;
  std::string call_sid;
  std::vector<std::pair<std::string, std::string>> parameters;  // the <Parameter>s of the TwiML
  MediaFormat format;
};

// Every view is valid until the text or the parser changes.
struct Message {
  EventKind kind = EventKind::kConnected;
  std::optional<uint64_t> sequence_number;
  std::string_view stream_sid;

  // kMedia
  std::string_view track;
  std::string_view payload;   // base64
  uint64_t timestamp_ms = 0;  // since the stream began
  // kDtmf
  char digit = 0;  // 0-9 * # A-D
  // kMark
  std::string_view mark_name;
  // kStart
  StartDetails start;
};

enum class ParseError { kNone, kBadJson, kUnknownEvent, kMissingField };

class MessageParser {
 public:
  // At most this many <Parameter>s are kept; Twilio's REST API knows 99.
  static constexpr size_t kMaxParameters = 128;

  // Fills `message`; it is valid only when kNone is returned.
  ParseError parse(std::string_view text, Message& message);

 private:
  struct Fields;
  std::string_view keep(std::string text);

  std::deque<std::string> unescaped_;  // what views with escapes in them point to; never moves
};

}  // namespace twilio
