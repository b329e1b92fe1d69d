#include "clip.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "g711.hpp"

namespace jackfield::simulate {
namespace {

constexpr int kZeroCrossings = 32;
constexpr Samples kFrame = 80;  // 10 ms

double sinc(double x) {
  if (std::abs(x) < 1e-9) return 1;
  return std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

std::int16_t clamp16(double v) {
  return static_cast<std::int16_t>(std::clamp(std::lround(v), -32768L, 32767L));
}

void find_speech(Clip& clip) {
  const auto size = static_cast<Samples>(clip.mulaw.size());
  std::vector<double> power;
  double loudest = 0;
  for (Samples at = 0; at < size; at += kFrame) {
    const Samples end = std::min(at + kFrame, size);
    double sum = 0;
    for (Samples i = at; i < end; ++i) {
      const double v = mulaw_to_linear(clip.mulaw[static_cast<std::size_t>(i)]) / 32768.0;
      sum += v * v;
    }
    power.push_back(sum / static_cast<double>(end - at));
    loudest = std::max(loudest, power.back());
  }
  // Speech is what stands less than 30 dB below the loudest 10 ms and above -50 dBFS: weak ends of
  // words still count, breath and room do not.
  const double threshold = std::max(loudest * 1e-3, 1e-5);
  const auto loud = [&](double p) { return p > threshold; };
  const auto first = std::find_if(power.begin(), power.end(), loud);
  if (first == power.end()) return;
  const auto last = std::find_if(power.rbegin(), power.rend(), loud);
  clip.speech_begin = (first - power.begin()) * kFrame;
  clip.speech_end = std::min<Samples>((power.rend() - last) * kFrame, size);
}

}  // namespace

std::vector<std::int16_t> resample_to_line(std::span<const std::int16_t> in, int rate) {
  if (rate == kRate) return {in.begin(), in.end()};
  const double ratio = static_cast<double>(rate) / static_cast<double>(kRate);
  // The cut-off stays a little below the new Nyquist frequency, as a phone line's does.
  const double cutoff = std::min(1.0, 1.0 / ratio) * 0.95;
  const double reach = kZeroCrossings / cutoff;
  const auto in_size = static_cast<Samples>(in.size());
  const auto out_size = static_cast<Samples>(static_cast<double>(in_size) / ratio);
  std::vector<std::int16_t> out(static_cast<std::size_t>(out_size));
  for (Samples n = 0; n < out_size; ++n) {
    const double centre = static_cast<double>(n) * ratio;
    const auto from = std::max<Samples>(0, static_cast<Samples>(std::ceil(centre - reach)));
    const auto to =
        std::min<Samples>(in_size - 1, static_cast<Samples>(std::floor(centre + reach)));
    double sum = 0;
    for (Samples k = from; k <= to; ++k) {
      const double x = static_cast<double>(k) - centre;
      const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * x / reach);
      sum += in[static_cast<std::size_t>(k)] * cutoff * sinc(cutoff * x) * window;
    }
    out[static_cast<std::size_t>(n)] = clamp16(sum);
  }
  return out;
}

Clip make_clip(const WavAudio& audio, double gain) {
  const double factor = std::pow(10.0, gain / 20.0);
  Clip clip;
  const auto line = resample_to_line(audio.samples, audio.rate);
  clip.mulaw.reserve(line.size());
  for (const std::int16_t sample : line)
    clip.mulaw.push_back(linear_to_mulaw(gain == 0 ? sample : clamp16(sample * factor)));
  find_speech(clip);
  return clip;
}

Clip join_clips(std::span<const Clip* const> clips, Samples gap) {
  Clip out;
  bool heard = false;
  for (const Clip* clip : clips) {
    if (!out.mulaw.empty())
      out.mulaw.insert(out.mulaw.end(), static_cast<std::size_t>(gap), kMulawSilence);
    const auto base = static_cast<Samples>(out.mulaw.size());
    if (clip->speech_end > 0) {
      if (!heard) out.speech_begin = base + clip->speech_begin;
      out.speech_end = base + clip->speech_end;
      heard = true;
    }
    out.mulaw.insert(out.mulaw.end(), clip->mulaw.begin(), clip->mulaw.end());
  }
  return out;
}

}  // namespace jackfield::simulate
