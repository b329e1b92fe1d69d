// What the jitter buffer needs of a codec. One thread; no method throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace jitter {

using Payload = std::span<const uint8_t>;

class SpeechDecoder {
 public:
  virtual ~SpeechDecoder() = default;
  virtual int rate() const = 0;      // of the audio, and of the RTP timestamps; Hz
  virtual int channels() const = 0;  // interleaved
  // Length of a packet's audio, samples per channel; 0 when it is not valid.
  virtual int duration(Payload payload) const = 0;
  // Appends the packet's audio, in −1 to 1. False: it is damaged, nothing was appended.
  virtual bool decode(Payload payload, std::vector<float>& out) = 0;
  // Does it carry the packet before it once more?
  virtual bool carries_fec(Payload payload) const = 0;
  // Appends the `samples` before this packet. False: not possible, nothing was appended.
  virtual bool decode_fec(Payload payload, int samples, std::vector<float>& out) = 0;
  // Appends audio that continues what came before, when nothing else is there.
  virtual void conceal(int samples, std::vector<float>& out) = 0;
  // The packet says that the sender is silent and will send little.
  virtual bool is_pause(Payload payload) const = 0;
  virtual void reset() = 0;
};

// Opus at 48 kHz. channels: 1 or 2. nullptr when libopus fails.
std::unique_ptr<SpeechDecoder> make_opus_decoder(int channels);

enum class G711 { kMulaw, kAlaw };
std::unique_ptr<SpeechDecoder> make_g711_decoder(G711 law);

}  // namespace jitter
