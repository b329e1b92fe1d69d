#include "audio_input.hpp"

#include <algorithm>

#include "g711.hpp"

namespace callrecorder {

bool AudioInput::set_caps(const GstCaps* caps) {
  rate_ = 0;
  converter_.reset();
  const GstStructure* s = gst_caps_get_structure(caps, 0);
  mulaw_ = gst_structure_has_name(s, "audio/x-mulaw");
  if (mulaw_) {
    gint rate = 0;
    if (!gst_structure_get_int(s, "rate", &rate) || rate <= 0) return false;
    gst_audio_info_set_format(&info_, GST_AUDIO_FORMAT_S16, rate, 1, nullptr);
  } else if (!gst_audio_info_from_caps(&info_, caps)) {
    return false;
  }
  rate_ = GST_AUDIO_INFO_RATE(&info_);
  make_converter();
  return true;
}

void AudioInput::set_output_rate(int rate) {
  if (rate == output_rate_) return;
  output_rate_ = rate;
  make_converter();
}

void AudioInput::make_converter() {
  converter_.reset();
  frames_taken_ = frames_given_ = 0;
  if (!ready()) return;
  const bool as_is = GST_AUDIO_INFO_FORMAT(&info_) == GST_AUDIO_FORMAT_S16 &&
                     GST_AUDIO_INFO_CHANNELS(&info_) == 1 && rate_ == output_rate_;
  if (as_is) return;
  GstAudioInfo out;
  gst_audio_info_set_format(&out, GST_AUDIO_FORMAT_S16, output_rate_, 1, nullptr);
  converter_.reset(gst_audio_converter_new(GST_AUDIO_CONVERTER_FLAG_NONE, &info_, &out, nullptr));
  if (!converter_) rate_ = 0;
}

size_t AudioInput::frames_in(GstBuffer* buffer) const {
  const gsize bytes = gst_buffer_get_size(buffer);
  return mulaw_ ? bytes : bytes / static_cast<gsize>(GST_AUDIO_INFO_BPF(&info_));
}

AudioInput::Block AudioInput::run_converter(gpointer in, size_t frames) {
  const size_t n = gst_audio_converter_get_out_frames(converter_.get(), frames);
  out_.resize(n);
  // Since the resampler starts with half a filter of silence, its first sample out belongs to the
  // first sample in; it only comes later. What it holds back is earlier than this buffer.
  const auto taken_ns = static_cast<int64_t>(
      gst_util_uint64_scale_round(frames_taken_, GST_SECOND, static_cast<guint64>(rate_)));
  const auto given_ns = static_cast<int64_t>(
      gst_util_uint64_scale_round(frames_given_, GST_SECOND, static_cast<guint64>(output_rate_)));
  gpointer out = out_.data();
  gpointer* in_planes = in ? &in : nullptr;
  if (n == 0 || !gst_audio_converter_samples(converter_.get(), GST_AUDIO_CONVERTER_FLAG_NONE,
                                             in_planes, frames, &out, n)) {
    return {};
  }
  if (in) frames_taken_ += frames;
  frames_given_ += n;
  return {.samples = out_, .delay = taken_ns - given_ns};
}

AudioInput::Block AudioInput::convert(GstBuffer* buffer) {
  gstpp::MappedBuffer map{buffer, GST_MAP_READ};
  if (!map) return {};
  const size_t frames = frames_in(buffer);
  if (mulaw_) {
    linear_.resize(frames);
    std::transform(map.data(), map.data() + frames, linear_.begin(), jackfield::mulaw_to_linear);
  } else if (!converter_) {
    const std::span<int16_t> samples = map.as<int16_t>();
    linear_.assign(samples.begin(), samples.end());
  }
  if (!converter_) return {.samples = linear_};
  if (frames == 0) return {};
  return run_converter(mulaw_ ? static_cast<gpointer>(linear_.data()) : map.data(), frames);
}

AudioInput::Block AudioInput::drain() {
  if (!converter_) return {};
  Block rest;
  if (frames_taken_ > 0) {
    rest = run_converter(nullptr, gst_audio_converter_get_max_latency(converter_.get()) + 1);
    // The filter's tail reaches behind the last sample; only what belongs to the input is kept.
    const guint64 due = gst_util_uint64_scale_round(
        frames_taken_, static_cast<guint64>(output_rate_), static_cast<guint64>(rate_));
    const uint64_t before = frames_given_ - rest.samples.size();
    const uint64_t keep = due > before ? due - before : 0;
    rest.samples = rest.samples.first(std::min<size_t>(rest.samples.size(), keep));
  }
  gst_audio_converter_reset(converter_.get());
  frames_taken_ = frames_given_ = 0;
  return rest;
}

}  // namespace callrecorder
