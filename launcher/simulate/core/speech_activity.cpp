#include "speech_activity.hpp"

#include <algorithm>
#include <cmath>

#include "g711.hpp"

namespace jackfield::simulate {
namespace {
constexpr Samples kFrame = 80;  // 10 ms
}

SpeechActivity::SpeechActivity(const Config& config)
    : config_(config), threshold_power_(std::pow(10.0, config.threshold / 10.0)) {}

void SpeechActivity::feed(std::span<const std::uint8_t> mulaw) {
  for (const std::uint8_t code : mulaw) {
    const double v = mulaw_to_linear(code) / 32768.0;
    frame_energy_ += v * v;
    ++now_;
    if (++frame_fill_ == kFrame) finish_frame();
  }
}

void SpeechActivity::feed_silence(Samples count) {
  while (count > 0) {
    const Samples step = std::min(count, kFrame - frame_fill_);
    frame_fill_ += step;
    now_ += step;
    count -= step;
    if (frame_fill_ == kFrame) finish_frame();
  }
}

void SpeechActivity::finish_frame() {
  const bool loud = frame_energy_ / static_cast<double>(kFrame) > threshold_power_;
  frame_energy_ = 0;
  frame_fill_ = 0;
  if (loud) {
    run_ += kFrame;
    active_ += kFrame;
    if (!speaking_ && run_ >= config_.onset) {
      speaking_ = true;
      ++bursts_;
      burst_begin_ = now_ - run_;
    }
    if (speaking_) speech_end_ = now_;
    return;
  }
  run_ = 0;
  if (speaking_ && now_ - speech_end_ >= config_.hang_over) speaking_ = false;
}

}  // namespace jackfield::simulate
