// An Opus encoder as a value: a copy goes on exactly as the original would have, so that a decoder
// that has heard the one cannot tell when it hears the other from then on.
//
// Pure. One thread at a time may change it, any number may copy it meanwhile if nobody does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

namespace sharedopus {

enum class AudioType { kGeneric, kVoice, kRestrictedLowDelay };
enum class BitrateType { kCbr, kVbr, kConstrainedVbr };
enum class Bandwidth { kNarrow, kMedium, kWide, kSuperWide, kFull, kAuto };

// What cannot change while an encoder lives.
struct Format {
  int rate = 48000;       // Hz: 8000, 12000, 16000, 24000 or 48000
  int channels = 1;       // 1 or 2
  bool is_float = false;  // 32-bit floats, else 16-bit integers, in the byte order of the machine
  AudioType audio_type = AudioType::kGeneric;

  std::size_t bytes_per_frame() const {
    return static_cast<std::size_t>(channels) * (is_float ? sizeof(float) : sizeof(std::int16_t));
  }
  bool operator==(const Format&) const = default;
  bool operator<(const Format& other) const {
    return std::tie(rate, channels, is_float, audio_type) <
           std::tie(other.rate, other.channels, other.is_float, other.audio_type);
  }
};

// The longest packet, in bytes: 60 ms at the highest bit rate have less.
inline constexpr int kMostPacketBytes = 4000;

// What can, from one frame to the next.
struct Controls {
  int bitrate = 64000;  // bit/s
  BitrateType bitrate_type = BitrateType::kConstrainedVbr;
  Bandwidth bandwidth = Bandwidth::kFull;
  int complexity = 10;  // 0 to 10
  bool inband_fec = false;
  int packet_loss_percentage = 0;  // 0 to 100
  bool dtx = false;

  bool operator==(const Controls&) const = default;
};

class EncoderState {
 public:
  // Throws std::runtime_error when libopus does not take the format.
  explicit EncoderState(const Format& format);
  // The same as `other`, which has the same format. Allocates nothing.
  void copy(const EncoderState& other);

  // One frame of 2.5, 5, 10, 20, 40 or 60 ms into a packet. 0, or an error of libopus.
  int encode(std::span<const std::byte> samples, const Controls& controls,
             std::vector<std::uint8_t>& packet);

  // Samples at the format's rate by which what is decoded comes later.
  int lookahead() const;
  std::size_t size() const { return size_; }  // bytes

 private:
  void apply(const Controls& controls);

  Format format_;
  std::size_t size_;
  std::unique_ptr<std::max_align_t[]> memory_;
  Controls applied_;
  bool any_applied_ = false;
};

const char* encoder_error(int error);

}  // namespace sharedopus
