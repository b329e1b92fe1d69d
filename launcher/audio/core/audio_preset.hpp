// How the system's microphone and loudspeaker are opened: the default values of the variables
// CAPTURE and PLAYBACK. docs/desk.md tells what each preset costs. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

enum class AudioPreset { kStandard, kLow, kLowest };  // blocks of 20, 10 and 3 ms

enum class AudioSystem {
  kPulse,   // PulseAudio, or PipeWire in its place
  kWasapi,  // Windows 10
};
// That of the machine this runs on.
AudioSystem native_audio_system();

inline constexpr AudioPreset kAllAudioPresets[] = {AudioPreset::kStandard, AudioPreset::kLow,
                                                   AudioPreset::kLowest};
std::string_view audio_preset_name(AudioPreset preset);
std::optional<AudioPreset> parse_audio_preset(std::string_view name);

// A property of an element and its value, both as gst-launch text.
struct AudioProperty {
  std::string name, value;
};

// What the preset asks of an element: of a source or sink derived from GstAudioBaseSrc and
// GstAudioBaseSink, whatever its sound system. Sinks play what comes at once, and keep their state
// when an interruption flushes them.
std::vector<AudioProperty> capture_properties(AudioPreset preset);
std::vector<AudioProperty> playback_properties(AudioPreset preset);

// The system's default devices as gst-launch text.
std::string capture_text(AudioSystem system, AudioPreset preset);
std::string playback_text(AudioSystem system, AudioPreset preset);

}  // namespace jackfield
