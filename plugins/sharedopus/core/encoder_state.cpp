#include "encoder_state.hpp"

#include <opus/opus.h>

#include <cstring>
#include <stdexcept>

namespace sharedopus {
namespace {

OpusEncoder* encoder(const std::unique_ptr<std::max_align_t[]>& memory) {
  return reinterpret_cast<OpusEncoder*>(memory.get());
}

int application(AudioType type) {
  switch (type) {
    case AudioType::kVoice:
      return OPUS_APPLICATION_VOIP;
    case AudioType::kRestrictedLowDelay:
      return OPUS_APPLICATION_RESTRICTED_LOWDELAY;
    case AudioType::kGeneric:
      break;
  }
  return OPUS_APPLICATION_AUDIO;
}

opus_int32 bandwidth(Bandwidth of) {
  switch (of) {
    case Bandwidth::kNarrow:
      return OPUS_BANDWIDTH_NARROWBAND;
    case Bandwidth::kMedium:
      return OPUS_BANDWIDTH_MEDIUMBAND;
    case Bandwidth::kWide:
      return OPUS_BANDWIDTH_WIDEBAND;
    case Bandwidth::kSuperWide:
      return OPUS_BANDWIDTH_SUPERWIDEBAND;
    case Bandwidth::kAuto:
      return OPUS_AUTO;
    case Bandwidth::kFull:
      break;
  }
  return OPUS_BANDWIDTH_FULLBAND;
}

}  // namespace

EncoderState::EncoderState(const Format& format)
    : format_(format), size_(static_cast<std::size_t>(opus_encoder_get_size(format.channels))) {
  if (size_ == 0) throw std::runtime_error("libopus has no encoder for so many channels");
  memory_ = std::make_unique<std::max_align_t[]>((size_ + sizeof(std::max_align_t) - 1) /
                                                 sizeof(std::max_align_t));
  const int error = opus_encoder_init(encoder(memory_), format.rate, format.channels,
                                      application(format.audio_type));
  if (error != OPUS_OK) throw std::runtime_error(opus_strerror(error));
}

// libopus promises of its states that a copy of their bytes is another one (opus.h, "Opus
// Encoder").
void EncoderState::copy(const EncoderState& other) {
  std::memcpy(memory_.get(), other.memory_.get(), size_);
  applied_ = other.applied_;
  any_applied_ = other.any_applied_;
}

void EncoderState::apply(const Controls& controls) {
  if (any_applied_ && controls == applied_) return;
  OpusEncoder* to = encoder(memory_);
  opus_encoder_ctl(to, OPUS_SET_BITRATE(controls.bitrate));
  opus_encoder_ctl(to, OPUS_SET_BANDWIDTH(bandwidth(controls.bandwidth)));
  opus_encoder_ctl(to, OPUS_SET_VBR(controls.bitrate_type != BitrateType::kCbr));
  opus_encoder_ctl(to,
                   OPUS_SET_VBR_CONSTRAINT(controls.bitrate_type == BitrateType::kConstrainedVbr));
  opus_encoder_ctl(to, OPUS_SET_COMPLEXITY(controls.complexity));
  opus_encoder_ctl(to, OPUS_SET_INBAND_FEC(controls.inband_fec));
  opus_encoder_ctl(to, OPUS_SET_DTX(controls.dtx));
  opus_encoder_ctl(to, OPUS_SET_PACKET_LOSS_PERC(controls.packet_loss_percentage));
  applied_ = controls;
  any_applied_ = true;
}

int EncoderState::encode(std::span<const std::byte> samples, const Controls& controls,
                         std::vector<std::uint8_t>& packet) {
  apply(controls);
  packet.resize(kMostPacketBytes);
  const int frames = static_cast<int>(samples.size() / format_.bytes_per_frame());
  const int size =
      format_.is_float
          ? opus_encode_float(encoder(memory_), reinterpret_cast<const float*>(samples.data()),
                              frames, packet.data(), kMostPacketBytes)
          : opus_encode(encoder(memory_), reinterpret_cast<const opus_int16*>(samples.data()),
                        frames, packet.data(), kMostPacketBytes);
  packet.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return size > 0 ? 0 : size < 0 ? size : OPUS_INTERNAL_ERROR;
}

int EncoderState::lookahead() const {
  opus_int32 samples = 0;
  opus_encoder_ctl(encoder(memory_), OPUS_GET_LOOKAHEAD(&samples));
  return samples;
}

const char* encoder_error(int error) { return opus_strerror(error); }

}  // namespace sharedopus
