// ElevenLabs' text-to-speech over HTTP: a request a text, whose answer is streamed, as raw audio
// (/stream) or as lines of JSON with the times of the characters (/stream/with-timestamps).
// https://elevenlabs.io/docs/api-reference/text-to-speech/stream-with-timestamps
// Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tts_protocol.hpp"

namespace elevenlabs {

std::string speech_url(const TtsUrl& url, bool timestamps);

struct SpeechRequest {
  std::string text;
  std::string previous;  // of the reply, said before it: for the intonation
};
std::string speech_body(const TtsUrl& url, const VoiceSettings& voice,
                        const SpeechRequest& request);

// Whether the model is one of those that the WebSocket of text-to-speech refuses.
bool needs_http(std::string_view model);

// Reads one answer, in pieces of any size.
class HttpSpeechReader {
 public:
  // `bytes_per_second` of audio. Without `timestamps` the answer is nothing but audio.
  HttpSpeechReader(bool timestamps, std::size_t bytes_per_second)
      : timestamps_(timestamps), bytes_per_second_(bytes_per_second) {}

  // Audio with the times of its characters, from the beginning of each piece of it.
  std::vector<TtsMessage> feed(std::string_view bytes);
  // At the end of the answer: its last line, when nothing ended it.
  std::vector<TtsMessage> finish();
  // Lines that could not be read.
  std::size_t malformed() const { return malformed_; }

  static constexpr std::size_t kLongestLine = 8 << 20;

 private:
  void read_line(std::string_view line, std::vector<TtsMessage>& out);

  const bool timestamps_;
  const std::size_t bytes_per_second_;
  std::string line_;
  bool skipping_ = false;    // the rest of a line that is too long
  std::size_t audio_ = 0;    // bytes so far
  bool from_start_ = false;  // the times count from the beginning of the answer
  std::size_t malformed_ = 0;
};

}  // namespace elevenlabs
