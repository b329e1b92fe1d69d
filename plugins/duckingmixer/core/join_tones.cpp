#include "join_tones.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace ducking {

void JoinTones::begin_next() {
  at_ = 0;
  if (std::exchange(rising_due_, false))
    playing_ = Pair::kRising;
  else if (std::exchange(falling_due_, false))
    playing_ = Pair::kFalling;
  else
    playing_ = Pair::kNone;
}

float JoinTones::sample() const {
  const std::int64_t length = std::int64_t{rate_} * kToneMs / 1000;
  const std::int64_t edge = std::int64_t{rate_} * kEdgeMs / 1000;
  const bool high = (at_ < length) == (playing_ == Pair::kFalling);
  const std::int64_t in_tone = at_ % length;
  const double phase = 2 * std::numbers::pi * (high ? kHighHz : kLowHz) *
                       static_cast<double>(in_tone) / static_cast<double>(rate_);
  const std::int64_t from_edge = std::min({in_tone, length - in_tone, edge});
  const double envelope = 0.5 - 0.5 * std::cos(std::numbers::pi * static_cast<double>(from_edge) /
                                               static_cast<double>(edge));
  return static_cast<float>(kAmplitude * envelope * std::sin(phase));
}

void JoinTones::render(std::span<float> block) {
  const std::int64_t pair = 2 * (std::int64_t{rate_} * kToneMs / 1000);
  const auto channels = static_cast<std::size_t>(channels_);
  for (std::size_t i = 0; i + channels <= block.size(); i += channels) {
    if (playing_ == Pair::kNone || at_ == pair) begin_next();
    const float value = playing_ == Pair::kNone ? 0 : sample();
    std::fill_n(block.begin() + static_cast<std::ptrdiff_t>(i), channels, value);
    ++at_;
  }
  if (at_ == pair) begin_next();
}

}  // namespace ducking
