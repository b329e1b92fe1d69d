// What the wire protocols of streaming speech recognizers have in common, as SttSession needs it.
// Pure; one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

struct SttMessage {
  bool binary = false;
  std::string data;
};

// Raw audio as it is sent: `frame_bytes` for each of `rate` frames a second.
struct SttFormat {
  bool mulaw = false;  // else signed 16 bits, little endian
  int rate = 8000;

  std::size_t frame_bytes() const { return mulaw ? 1 : 2; }
  std::size_t bytes_per_second() const { return frame_bytes() * static_cast<std::size_t>(rate); }
  bool operator==(const SttFormat&) const = default;
};

struct SttError {
  std::string code;  // the service's own, such as "quota_exceeded"
  std::string text;  // for a person
  bool retryable = true;
};

// A word and when it was said, in seconds, as the service counts them.
struct SttWord {
  std::string text;
  double start_s = 0;
  double end_s = 0;
};

// What one message of the service says.
struct SttReading {
  std::optional<std::string> tail;     // what lies behind the settled text; replaces the last one
  std::optional<std::string> settled;  // will not change any more; ends the tail
  std::optional<double> settled_until_s;  // audio of this connection that is settled, in seconds
  bool answered = false;                  // all audio before a finish() is settled
  bool speech_start = false;              // by the service's own detection of turns
  bool speech_end = false;
  bool speech_probably_over = false;
  std::string note;  // an event worth a message to the application, such as "eager-end-of-turn"
  double confidence = 0;          // of the note
  std::vector<SttWord> words;     // of the note
  std::string language;           // of the note
  std::optional<SttError> error;  // the connection is of no use any more, unless `passing`
  bool passing = false;           // the error concerns this message or turn only
  bool malformed = false;         // not a message of this protocol
};

class SttService {
 public:
  virtual ~SttService() = default;

  // Called first on each new connection.
  virtual void begin() {}
  // What goes out first on it.
  virtual std::vector<SttMessage> opening() { return {}; }
  virtual SttMessage audio(std::span<const uint8_t> bytes) = 0;
  // Has the audio so far transcribed to its end. None: the service decides for itself.
  virtual std::optional<SttMessage> finish() = 0;
  virtual std::optional<SttMessage> keep_alive() = 0;
  virtual std::optional<SttMessage> goodbye() = 0;
  // Needs all audio, between the turns too, since it finds them itself.
  virtual bool continuous() const { return false; }
  // Finds turns in audio for which none were announced. A service that does not gets that audio at
  // the end of the stream.
  virtual bool finds_turns() const { return true; }
  virtual SttReading read(std::string_view text) = 0;
  // What the last message says besides, until there is no more.
  virtual std::optional<SttReading> next() { return std::nullopt; }
};

}  // namespace jackfield
