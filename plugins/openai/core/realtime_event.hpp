// The server's events of OpenAI's Realtime API (GA), as far as a call needs them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openai::realtime {

// What the service counts, to be paid for.
struct Usage {
  uint64_t input_tokens = 0, cached_tokens = 0, input_audio_tokens = 0, cached_audio_tokens = 0;
  uint64_t output_tokens = 0, output_audio_tokens = 0, reasoning_tokens = 0;
  uint64_t audio_ms = 0;  // of a transcription that is counted by time
};

struct ServerEvent {
  enum class Kind {
    kOther,  // of no interest here
    kSessionCreated,
    kSessionUpdated,
    kSpeechStarted,         // item_id, ms
    kSpeechStopped,         // item_id, ms
    kCommitted,             // item_id
    kTranscriptDelta,       // item_id, text: of the caller
    kTranscriptDone,        // item_id, text: of the caller, whole; usage
    kTranscriptFailed,      // item_id, code, error_type, text: why
    kResponseCreated,       // response_id, aside
    kAudioDelta,            // response_id, item_id, audio
    kReplyTranscriptDelta,  // response_id, item_id, text
    kReplyTranscriptDone,   // response_id, item_id, text: whole
    kToolCall,              // response_id, item_id, call_id, name, text: the arguments
    kResponseDone,          // response_id, status, text: why it failed; usage, aside
    kError,                 // code, error_type, client_event_id, text
  };
  Kind kind = Kind::kOther;
  std::string response_id;
  std::string item_id;
  std::string call_id;
  std::string name;
  std::string text;
  std::string status;
  std::string aside;  // metadata of a response of ours beside the conversation
  std::string code;   // the type, when there is none
  std::string error_type;
  std::string client_event_id;  // of the client's event that is in error
  uint64_t ms = 0;              // of audio written to the input buffer
  std::vector<uint8_t> audio;
  std::optional<Usage> usage;
};

// std::nullopt, and why in `error`: not such an event.
std::optional<ServerEvent> parse_server_event(std::string_view text, std::string& error);

}  // namespace openai::realtime
