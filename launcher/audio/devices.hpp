// The microphones and loudspeakers that GStreamer's device providers know.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audio/core/audio_preset.hpp"

namespace jackfield {

struct AudioDevice {
  unsigned index = 0;  // in the order of the list
  std::string name;
  bool capture = false;  // else playback
  bool is_default = false;
  bool monitor = false;             // "records" what a loudspeaker plays
  unsigned max_channels = 0;        // 0: unknown
  std::pair<int, int> rates{0, 0};  // Hz, lowest and highest; 0: unknown
  std::string api;                  // "pulse", "alsa", "wasapi2"...; "" when unknown
  // What the launch text asks for, in microseconds: of a microphone the block it reads, of a
  // loudspeaker its whole buffer. The device may round it.
  int latency_us = 0;
  std::string launch;  // gst-launch text that opens this device
};

struct AudioDevices {
  bool answered = true;  // false: a sound server did not answer in time; the list is empty
  std::vector<AudioDevice> devices;
};

// Asks all providers, waiting at most `patience`. GStreamer must be initialised.
AudioDevices list_audio_devices(AudioPreset preset,
                                std::chrono::milliseconds patience = std::chrono::seconds{10});

}  // namespace jackfield
