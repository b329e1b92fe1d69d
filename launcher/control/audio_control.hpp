// Mute, gain and levels of the two voices of one session, by probes at the pads where they pass.
// There is no probe where nothing is asked for: a call that nobody touches costs nothing.
//
// Threads: made, used and let go on the main thread. The probes run on the streaming threads; what
// they share with it is under one lock a pad, held for one buffer at most.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/core/voice_level.hpp"
#include "control/session_view.hpp"
#include "plugins/common/gstpp.hpp"

namespace jackfield {

// What is to be another with a voice.
struct VoiceChange {
  std::optional<bool> muted;
  std::optional<double> gain;  // dB
  bool any() const { return muted || gain; }
};

class AudioControl {
 public:
  explicit AudioControl(GstElement* pipeline);
  ~AudioControl();  // the voices are as they were
  AudioControl(const AudioControl&) = delete;
  AudioControl& operator=(const AudioControl&) = delete;

  // "" when it is done, else why it cannot be; then nothing was changed.
  std::string change(const OfBoth<VoiceChange>& change);
  OfBoth<bool> muted() const { return {caller_.muted, agent_.muted}; }
  OfBoth<double> gain() const { return {caller_.gain, agent_.gain}; }

  // Whether the voices are measured from now on.
  void measure(bool wanted);
  // Since the last time, behind mute and gain; nullopt of a voice that is not there.
  OfBoth<std::optional<Loudness>> take_levels();

 private:
  struct Tap;  // at one pad
  struct Voice {
    explicit Voice(const char* given);
    ~Voice();
    const char* const name;
    bool muted = false;
    double gain = 0;
    std::vector<std::unique_ptr<Tap>> taps;
  };

  bool find_pads(Voice& voice);
  std::string reason_against(Voice& voice, const VoiceChange& change);
  void apply(Voice& voice, const VoiceChange& change);

  GstElement* const pipeline_;
  Voice caller_, agent_;
  bool measured_ = false;
};

}  // namespace jackfield
