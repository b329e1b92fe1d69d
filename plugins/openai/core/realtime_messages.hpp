// The client's messages of OpenAI's Realtime API (GA). Every function returns one JSON text.
// Source of fields and names: the API reference of the Realtime client events.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "function_tools.hpp"

namespace openai::realtime {

enum class AudioFormat { kPcmu, kPcma, kPcm24 };

// Bytes of one millisecond.
constexpr std::size_t bytes_per_ms(AudioFormat format) {
  return format == AudioFormat::kPcm24 ? 48 : 8;
}
// The byte that silence is made of.
constexpr uint8_t silence_byte(AudioFormat format) {
  return format == AudioFormat::kPcmu ? 0xFF : format == AudioFormat::kPcma ? 0xD5 : 0;
}

enum class TurnDetection { kServerVad, kSemanticVad, kNone };

struct SessionSettings {
  AudioFormat format = AudioFormat::kPcmu;
  std::string voice;  // "": the service's own choice, as with the other texts
  std::string instructions;
  TurnDetection turn_detection = TurnDetection::kServerVad;
  double threshold = 0.5;            // of server_vad, 0 to 1
  unsigned prefix_padding_ms = 300;  // of server_vad
  unsigned silence_ms = 500;         // of server_vad
  std::string eagerness = "auto";    // of semantic_vad
  std::string transcription_model;   // "": none
  std::string language;              // of the transcription
  std::string noise_reduction;       // near_field, far_field
  std::string reasoning_effort;      // only for models that reason
  std::string tools;                 // a JSON array, "": none
  double speed = 1.0;                // 0.25 to 1.5
  bool interrupt_response = true;    // the service cancels a response when the caller speaks
};

// Whether `text` is a JSON array of function tools as the API takes them; "" if so, else why not.
std::string check_tools(std::string_view text);

// `own` and those of `offered` that have other names, as the API takes them; 128 at most.
std::string join_tools(std::string_view own, const std::vector<jackfield::Tool>& offered);
// Their names.
std::set<std::string, std::less<>> names_of_tools(std::string_view tools);

std::string session_update(const SessionSettings& settings);
// The session's tools alone, which may change at any time.
std::string update_tools(std::string_view tools);
std::string append_audio(std::span<const uint8_t> audio);
std::string commit_audio();
std::string clear_audio();
// `instructions`: for this response only; "" for those of the session. `may_call`: functions.
std::string create_response(std::string_view instructions, bool may_call = true);
// Instructions for a response that is to say `text` alone.
std::string say_exactly(std::string_view text);
// A response beside the conversation, which says `text`. The service names `id` as the response's
// metadata "aside", and as the event of a refusal.
std::string create_aside(std::string_view id, std::string_view text);
std::string cancel_response(std::string_view response_id);
std::string truncate_item(std::string_view item_id, uint64_t audio_end_ms);
std::string delete_item(std::string_view item_id);
std::string tool_output(std::string_view call_id, std::string_view output);
// What the model is told and nobody has said.
std::string note_text(std::string_view text);
// A remembered line of the conversation.
std::string past_message(bool of_caller, std::string_view text);

}  // namespace openai::realtime
