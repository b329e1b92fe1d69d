// Is there a voice in an input, and how loud is it? By its level above the noise that is always
// there. One call for each block of 10 ms.
#pragma once

namespace ducking {

class VoiceLevel {
 public:
  struct Config {
    float threshold = 0;        // least level of a voice, RMS, 0 to 1
    float above_noise = 2.82F;  // factor: 9 dB above the noise
    unsigned hold_ms = 250;     // pauses between words belong to a voice
  };

  // `power`: mean square of the block.
  void add(const Config& config, float power);

  bool active() const { return hold_left_ms_ > 0; }
  // RMS, smoothed over 50 ms as it falls; 0 to 1 for what does not clip.
  float level() const { return level_; }

 private:
  float level_ = 0;
  float noise_ = 0.003F;  // RMS; −50 dBFS until there was a pause
  unsigned hold_left_ms_ = 0;
};

}  // namespace ducking
