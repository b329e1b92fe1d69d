// The rules of one Media Streams conversation: which message may come when, whose it must be, and
// how many offences are too many. The offences are counted by kind; none of them is fatal alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "message_parser.hpp"

namespace twilio {

enum class Offence {
  kBadJson,
  kUnknownEvent,
  kMissingField,  // absent, twice, or of the wrong type
  kWrongStream,   // another streamSid
  kOutOfOrder,    // media, dtmf, mark or stop before start; two starts
  kBinaryFrame,
  kTooLong,  // a message beyond 64 KiB
  kBadBase64,
  kUnexpectedMark,
};
constexpr size_t kOffenceKinds = 9;

// For `stats`: bad-json, unknown-event, ...
const char* offence_name(Offence offence);

class CallProtocol {
 public:
  enum class Verdict {
    kAccept,
    kIgnore,       // legal, but of no use here: connected, the outbound track
    kOffence,      // counted
    kUnsupported,  // the media format is not the one we speak: end the call
  };

  // `max_offences`: as many may be counted before too_many() says so; 0: any number.
  explicit CallProtocol(uint64_t max_offences) : max_offences_(max_offences) {}

  // Parses and judges one text message.
  Verdict on_text(std::string_view text);
  // Of the last message that was accepted; valid until the next one.
  const Message& message() const { return message_; }

  void count(Offence offence);
  uint64_t offences(Offence offence) const { return counts_[static_cast<size_t>(offence)]; }
  uint64_t total_offences() const { return total_; }
  bool too_many() const { return max_offences_ > 0 && total_ > max_offences_; }

  bool started() const { return started_; }
  const StartDetails& start() const { return start_; }
  // Messages that the counting of sequenceNumber shows to be missing.
  uint64_t sequence_gaps() const { return sequence_gaps_; }

 private:
  Verdict offence(Offence kind);
  void check_sequence();

  uint64_t max_offences_;
  std::array<uint64_t, kOffenceKinds> counts_{};
  uint64_t total_ = 0;
  bool started_ = false;
  StartDetails start_;
  uint64_t last_sequence_ = 0;
  uint64_t sequence_gaps_ = 0;
  MessageParser parser_;
  Message message_;
};

}  // namespace twilio
