// ElevenLabs' errors, as messages, as answers of HTTP and as refusals of a connection, in the words
// of somebody who set the key. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json_reader.hpp"
#include "stt_service.hpp"

namespace elevenlabs {

struct ServiceError {
  std::string code;  // ElevenLabs' own, such as "quota_exceeded"
  std::string text;
  bool retryable = true;
};

// What an error code of ElevenLabs means for the next attempt.
bool is_retryable(std::string_view code);

// What a code says to an operator; `words` are the service's own.
std::string describe(std::string_view code, std::string_view words);

// An HTTP status, or the code and reason of a close frame; std::nullopt: nothing special.
std::optional<ServiceError> explain_end(int http_status, int close_code, std::string_view details);

// The answer of HTTP to a request that failed.
ServiceError explain_answer(int http_status, std::string_view body);

// A message of the recognizer of type `type`; std::nullopt: no error.
struct ScribeError {
  jackfield::SttError error;
  bool passing = false;  // the connection is still of use
};
std::optional<ScribeError> read_scribe_error(std::string_view type,
                                             const jackfield::JsonValue& message);

}  // namespace elevenlabs
