#include "audio/core/audio_preset.hpp"

namespace jackfield {
namespace {

// Times in microseconds, as `latency-time` and `buffer-time` take them.
struct Times {
  AudioPreset preset;
  const char* name;
  int block;            // what is read or written at once
  int playback_buffer;  // latency of the loudspeaker; three blocks, four of the smallest
};
constexpr Times kTimes[] = {
    {AudioPreset::kStandard, "standard", 20000, 60000},
    {AudioPreset::kLow, "low", 10000, 30000},
    {AudioPreset::kLowest, "lowest", 3000, 12000},
};
// Of the microphone: adds no latency, only the time we may be late without losing sound.
constexpr int kCaptureBuffer = 200000;

const Times& times_of(AudioPreset preset) {
  for (const Times& times : kTimes) {
    if (times.preset == preset) return times;
  }
  return kTimes[0];
}

std::string with_properties(std::string text, const std::vector<AudioProperty>& properties) {
  for (const AudioProperty& property : properties)
    text += " " + property.name + "=" + property.value;
  return text;
}

}  // namespace

AudioSystem native_audio_system() {
#if defined(_WIN32)
  return AudioSystem::kWasapi;
#else
  return AudioSystem::kPulse;
#endif
}

std::string_view audio_preset_name(AudioPreset preset) { return times_of(preset).name; }

std::optional<AudioPreset> parse_audio_preset(std::string_view name) {
  for (const Times& times : kTimes) {
    if (name == times.name) return times.preset;
  }
  return std::nullopt;
}

std::vector<AudioProperty> capture_properties(AudioPreset preset) {
  return {{"latency-time", std::to_string(times_of(preset).block)},
          {"buffer-time", std::to_string(kCaptureBuffer)}};
}

std::vector<AudioProperty> playback_properties(AudioPreset preset) {
  return {{"latency-time", std::to_string(times_of(preset).block)},
          {"buffer-time", std::to_string(times_of(preset).playback_buffer)},
          {"async", "false"},
          {"processing-deadline", "0"}};
}

std::string capture_text(AudioSystem system, AudioPreset preset) {
  const auto properties = capture_properties(preset);
  if (system == AudioSystem::kPulse) return with_properties("pulsesrc", properties);
  // Periods below the system's engine period exist in exclusive mode only, which the older of the
  // two plugins has.
  if (preset == AudioPreset::kLowest)
    return with_properties("wasapisrc low-latency=true exclusive=true", properties);
  return with_properties("wasapi2src low-latency=true", properties);
}

std::string playback_text(AudioSystem system, AudioPreset preset) {
  const auto properties = playback_properties(preset);
  if (system == AudioSystem::kPulse) return with_properties("pulsesink", properties);
  if (preset == AudioPreset::kLowest)
    return with_properties("wasapisink low-latency=true exclusive=true", properties);
  return with_properties("wasapi2sink low-latency=true", properties);
}

}  // namespace jackfield
