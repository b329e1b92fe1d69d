// ElevenLabs' text-to-speech over a WebSocket: the messages of multi-stream-input (several contexts
// a connection) and of stream-input (one reply a connection).
// https://elevenlabs.io/docs/api-reference/text-to-speech/v-1-text-to-speech-voice-id-multi-stream-input
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service_error.hpp"

namespace elevenlabs {

struct VoiceSettings {
  double stability = -1;  // below 0: the voice's own, like the next two
  double similarity_boost = -1;
  double style = -1;
  double speed = 1.0;
};

struct TtsUrl {
  std::string base_url = "wss://api.elevenlabs.io";
  std::string voice;
  std::string model;
  std::string language;
  std::string output_format;  // such as "ulaw_8000"
  bool multi_context = true;
  bool auto_mode = true;
  unsigned inactivity_timeout_s = 180;
  std::string extra;  // appended to the query as it is
};
std::string tts_url(const TtsUrl& url);

// An empty `context` is left out.
std::string open_message(std::string_view context, const VoiceSettings& voice);
// The service wants each text to end in a space. `flush`: spoken at once.
std::string text_message(std::string_view context, std::string_view text, bool flush);
std::string close_context_message(std::string_view context);
// On a connection of one reply an empty text ends the reply; on one of contexts it keeps it alive.
std::string end_message();
std::string keep_alive_message(std::string_view context);
std::string close_socket_message();

struct TimedCharacter {
  std::string character;  // UTF-8
  double start_ms = 0;    // from the beginning of the audio of the same message
  double duration_ms = 0;
};

struct TtsMessage {
  std::string context;         // "" on a connection of one reply
  std::vector<uint8_t> audio;  // as in output_format; may end within a sample
  std::vector<TimedCharacter> alignment;
  bool is_final = false;  // no more audio in this context
  std::optional<ServiceError> error;
};
// std::nullopt: not a message of this protocol.
std::optional<TtsMessage> read_tts_message(std::string_view text);

}  // namespace elevenlabs
