// Asking for the text of a turn, and reading the answer. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service_error.hpp"
#include "sse_parser.hpp"

namespace openai {

// A WAV file of one channel of 16-bit samples.
std::string make_wav(std::span<const std::int16_t> samples, int rate);

struct Multipart {
  std::string content_type;  // with the boundary
  std::string body;
};
// multipart/form-data (RFC 7578) of text fields and one file.
Multipart make_multipart(const std::vector<std::pair<std::string, std::string>>& fields,
                         std::string_view wav);

// Whether a model of OpenAI's takes a list "languages" in place of "language" (the API's guide to
// speech to text).
bool takes_language_list(std::string_view model);

// The words of a transcript: white space made single, and what only describes a sound left out
// ("[BLANK_AUDIO]", "(music)").
std::string clean_transcript(std::string_view text);

// The answer as a whole ({"text": ...}, or plain text), or as a stream of events.
class TranscriptReader {
 public:
  explicit TranscriptReader(std::string secret) : secret_(std::move(secret)) {}

  // `content_type` of the answer. True when there is more text than before.
  bool feed(std::string_view bytes, std::string_view content_type);
  // The answer ended by itself.
  void closed();

  std::string text() const { return clean_transcript(text_); }
  const std::optional<ServiceError>& error() const { return error_; }

 private:
  bool take(const jackfield::SseEvent& event);

  static constexpr std::size_t kLongest = 256 * 1024;  // bytes
  std::string secret_;
  jackfield::SseParser parser_;
  std::string whole_;
  std::string text_;
  bool streamed_ = false;
  bool done_ = false;
  std::optional<ServiceError> error_;
};

}  // namespace openai
