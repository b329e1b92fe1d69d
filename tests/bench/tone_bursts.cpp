#include "tone_bursts.hpp"

#include <cmath>
#include <cstdlib>
#include <numbers>

namespace jackfield::bench {

namespace {
constexpr double kToneHertz = 1000, kHumHertz = 250;
constexpr double kToneLevel = 0.5 * 32767, kHumLevel = 0.01 * 32767;
constexpr int kToneThreshold = 6553;  // 0.2
constexpr int kHumThreshold = 65;     // 0.002
}  // namespace

ToneBursts::ToneBursts(unsigned rate, std::uint32_t seed)
    : rate_(rate), random_(seed), next_(next_gap()) {}

std::uint64_t ToneBursts::next_gap() {
  const std::uint64_t span = rate_ / 25;
  return std::uint64_t{rate_} * 62 / 100 + random_() % span;
}

std::optional<std::size_t> ToneBursts::fill(std::span<std::int16_t> samples) {
  std::optional<std::size_t> begins;
  const std::uint64_t length = rate_ * 6 / 100;
  for (std::size_t i = 0; i < samples.size(); ++i, ++position_) {
    if (position_ == next_) begins = i;
    if (position_ >= next_ + length) next_ += next_gap();
    const bool tone = position_ >= next_;
    const double since = static_cast<double>(tone ? position_ - next_ : position_);
    const double phase =
        2 * std::numbers::pi * (tone ? kToneHertz : kHumHertz) * since / static_cast<double>(rate_);
    samples[i] = static_cast<std::int16_t>((tone ? kToneLevel : kHumLevel) * std::sin(phase));
  }
  return begins;
}

std::optional<std::size_t> BurstFinder::feed(std::span<const std::int16_t> samples) {
  std::optional<std::size_t> begins;
  for (std::size_t i = 0; i < samples.size(); ++i, ++position_) {
    const int level = std::abs(static_cast<int>(samples[i]));
    heard_ = heard_ || level > kHumThreshold;
    if (level <= kToneThreshold) continue;
    if (!last_ || position_ - *last_ > quiet_) begins = i;
    last_ = position_;
  }
  return begins;
}

}  // namespace jackfield::bench
