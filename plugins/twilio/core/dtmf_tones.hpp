// In-band DTMF: queues key presses and mixes their tone pairs into µ-law audio at 8000 Hz.
// Frequencies and the order of event numbers (0-9, *, #, A-D) are ITU-T Q.23 and RFC 4733.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

namespace twilio {

// RFC 4733 event number of a key, and back; std::nullopt for anything else.
std::optional<int> dtmf_number(char key);
std::optional<char> dtmf_key(int number);

class DtmfTones {
 public:
  static constexpr size_t kMaxKeys = 64;            // waiting presses; more are refused
  static constexpr size_t kMinToneSamples = 800;    // 100 ms; Q.24 wants at least 40
  static constexpr size_t kMaxToneSamples = 40000;  // 5 s: a release that never comes ends here
  static constexpr size_t kPauseSamples = 800;      // between two keys

  // A key goes down. `volume` is the attenuation in dBm0 without sign, 0 to 36, as in dtmf-event.
  // False when the number is no key or too many wait.
  bool press(int number, int volume);
  // The key that went down last goes up. Without it a tone lasts kMaxToneSamples.
  void release();

  // Whether there is anything to hear or to pause for.
  bool active() const { return !keys_.empty(); }

  // Adds the tones to the next `mulaw.size()` samples.
  void mix(std::span<uint8_t> mulaw);

 private:
  struct Key {
    int number;
    double amplitude;  // of each of the two sines, full scale 32767
    bool released = false;
  };

  std::deque<Key> keys_;
  size_t position_ = 0;  // samples since the first key's tone began
  size_t tone_end_ = 0;  // sample at which it was released, 0: still down
};

}  // namespace twilio
