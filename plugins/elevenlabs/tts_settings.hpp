// The properties of elevenlabstts.
#pragma once

#include <gst/gst.h>

#include <string>

#include "member_properties.hpp"
#include "tts_session.hpp"
#include "tts_stream.hpp"

namespace elevenlabs {

constexpr char kDefaultModel[] = "eleven_flash_v2_5";
enum Api { kApiMultiContext, kApiStreamInput };
using Transport = TtsSession::Transport;

struct Format {
  const char* nick;  // ElevenLabs' name
  const char* description;
  AudioFormat format;
};
constexpr Format kFormats[] = {
    {"pcm_8000", "16 bits, 8 kHz", {.mulaw = false, .rate = 8000}},
    {"pcm_16000", "16 bits, 16 kHz", {.mulaw = false, .rate = 16000}},
    {"pcm_22050", "16 bits, 22.05 kHz", {.mulaw = false, .rate = 22050}},
    {"pcm_24000", "16 bits, 24 kHz", {.mulaw = false, .rate = 24000}},
    {"pcm_44100", "16 bits, 44.1 kHz", {.mulaw = false, .rate = 44100}},
    {"ulaw_8000", "mu-law, 8 kHz", {.mulaw = true, .rate = 8000}},
};
constexpr int kDefaultFormat = 1;  // in kFormats

// Under the element's object lock.
struct TtsSettings {
  TtsUrl url;
  TtsSession::Config session;
  std::string api_key;
  int format = kDefaultFormat;
};

// For class_init: installs them, and marks the enumerations as API of the plugin. They are there as
// long as the class.
const jackfield::MemberProperties<TtsSettings>* make_tts_properties(GObjectClass* klass);

}  // namespace elevenlabs
