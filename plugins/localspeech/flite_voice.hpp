// The voices of flite (https://github.com/festvox/flite), a small synthesizer of English.
//
// Voices are made once per process and never freed. A voice is only read while it speaks, so any
// number of threads may speak with the same one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "speech_pieces.hpp"

namespace localspeech {

enum class VoiceId { kSlt, kRms, kAwb, kKal16, kKal };

struct VoiceInfo {
  VoiceId id;
  const char* name;
  const char* description;
  int rate;  // samples per second
  // Brings the voice to the same level as the others, see docs/elements/flitetts.md.
  float level;
};
std::span<const VoiceInfo> voices();
const VoiceInfo& voice_info(VoiceId id);

// What flite makes of one sentence, told while it makes it, in the caller's thread.
class SpeechReceiver {
 public:
  virtual ~SpeechReceiver() = default;
  // Once, before the first audio: when each word is spoken, and the first sample that is not
  // silence.
  virtual void on_words(std::vector<TimedWord> words, std::size_t first_sound) = 0;
  // A few milliseconds of audio; false stops the synthesis. Must not throw: flite is C.
  virtual bool on_audio(std::span<const std::int16_t> samples) noexcept = 0;
};

// Speaks a sentence of printable ASCII (see make_speakable). `speed` 1 is the voice's own. False
// when flite failed; being stopped by the receiver is no failure. Exceptions of on_words are passed
// on.
bool speak(VoiceId voice, const std::string& sentence, double speed, SpeechReceiver& receiver);

}  // namespace localspeech
