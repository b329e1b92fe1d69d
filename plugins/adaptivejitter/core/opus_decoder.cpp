#include <opus/opus.h>

#include <algorithm>
#include <cmath>

#include "speech_decoder.hpp"

namespace jitter {
namespace {

constexpr int kRate = 48000;
constexpr int kMaxFrame = 5760;  // 120 ms, the longest packet (RFC 6716, 3.2.5)

class OpusSpeechDecoder : public SpeechDecoder {
 public:
  OpusSpeechDecoder(OpusDecoder* decoder, int channels) : decoder_(decoder), channels_(channels) {}
  ~OpusSpeechDecoder() override { opus_decoder_destroy(decoder_); }
  OpusSpeechDecoder(const OpusSpeechDecoder&) = delete;
  OpusSpeechDecoder& operator=(const OpusSpeechDecoder&) = delete;

  int rate() const override { return kRate; }
  int channels() const override { return channels_; }

  int duration(Payload payload) const override {
    if (payload.empty()) return 0;
    const int samples =
        opus_packet_get_nb_samples(payload.data(), static_cast<opus_int32>(payload.size()), kRate);
    return samples > 0 ? samples : 0;
  }

  bool decode(Payload payload, std::vector<float>& out) override {
    const int samples = duration(payload);
    return samples > 0 && append(payload, samples, 0, out);
  }

  bool carries_fec(Payload payload) const override {
    // RFC 6716, 4.2.3 and 4.2.4: a SILK frame begins with one bit of voice activity for each of its
    // 20 ms, and one that says whether redundancy follows; for stereo the same again for the side.
    if (payload.empty() || payload[0] >= 0x80) return false;  // CELT only
    const unsigned char* frames[48];
    opus_int16 sizes[48];
    if (opus_packet_parse(payload.data(), static_cast<opus_int32>(payload.size()), nullptr, frames,
                          sizes, nullptr) < 1 ||
        sizes[0] < 1) {
      return false;
    }
    const int per_frame = opus_packet_get_samples_per_frame(payload.data(), kRate);
    const int parts = per_frame <= 960 ? 1 : per_frame / 960;
    const int coded_channels = opus_packet_get_nb_channels(payload.data());
    for (int channel = 1; channel <= coded_channels; ++channel) {
      if (frames[0][0] & (0x80 >> ((parts + 1) * channel - 1))) return true;
    }
    return false;
  }

  bool decode_fec(Payload payload, int samples, std::vector<float>& out) override {
    if (payload.empty() || samples <= 0 || samples > kMaxFrame || samples % (kRate / 400) != 0)
      return false;
    return append(payload, samples, 1, out);
  }

  void conceal(int samples, std::vector<float>& out) override {
    // In steps of 10 ms, and what is left over is for the next time: SILK inside libopus conceals
    // no less, and of a shorter step drops the rest without a word.
    while (static_cast<int>(left_.size()) / channels_ < samples) {
      if (!append({}, kRate / 100, 0, left_)) {
        left_.resize(static_cast<size_t>(samples * channels_));
      }
    }
    const auto end = left_.begin() + samples * channels_;
    out.insert(out.end(), left_.begin(), end);
    left_.erase(left_.begin(), end);
  }

  bool is_pause(Payload payload) const override { return payload.size() <= 2; }

  void reset() override {
    opus_decoder_ctl(decoder_, OPUS_RESET_STATE);
    left_.clear();
  }

 private:
  bool append(Payload payload, int frame, int fec, std::vector<float>& out) {
    if (&out != &left_) left_.clear();
    const size_t before = out.size();
    out.resize(before + static_cast<size_t>(frame * channels_));
    const int got =
        opus_decode_float(decoder_, payload.empty() ? nullptr : payload.data(),
                          static_cast<opus_int32>(payload.size()), out.data() + before, frame, fec);
    out.resize(before + static_cast<size_t>(got > 0 ? got * channels_ : 0));
    // Damaged packets can make libopus decode to anything, even to what is no number.
    for (size_t i = before; i < out.size(); ++i) {
      out[i] = std::isfinite(out[i]) ? std::clamp(out[i], -1.0F, 1.0F) : 0.0F;
    }
    return got > 0;
  }

  OpusDecoder* decoder_;
  const int channels_;
  std::vector<float> left_;  // concealed, and not taken yet
};

}  // namespace

std::unique_ptr<SpeechDecoder> make_opus_decoder(int channels) {
  int error = 0;
  OpusDecoder* decoder = opus_decoder_create(kRate, channels, &error);
  if (!decoder) return nullptr;
  return std::make_unique<OpusSpeechDecoder>(decoder, channels);
}

}  // namespace jitter
