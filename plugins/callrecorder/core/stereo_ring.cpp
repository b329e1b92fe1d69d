#include "stereo_ring.hpp"

#include <algorithm>

namespace callrecorder {
namespace {

size_t slot(int64_t position, size_t frames) {
  const auto n = static_cast<int64_t>(frames);
  return static_cast<size_t>(((position % n) + n) % n);
}

}  // namespace

StereoRing::StereoRing(size_t frames)
    : frames_(std::max<size_t>(frames, 1)), samples_(frames_ * kSides) {}

int16_t& StereoRing::at(Side side, int64_t position) noexcept {
  return samples_[slot(position, frames_) * kSides + index_of(side)];
}
const int16_t& StereoRing::at(Side side, int64_t position) const noexcept {
  return samples_[slot(position, frames_) * kSides + index_of(side)];
}

StereoRing::Stored StereoRing::write(Side side, int64_t position,
                                     std::span<const int16_t> samples) noexcept {
  const auto n = static_cast<int64_t>(samples.size());
  const int64_t first = std::clamp<int64_t>(begin_ - position, 0, n);
  const int64_t last = std::clamp<int64_t>(end() - position, first, n);
  size_t at_slot = slot(position + first, frames_);
  for (int64_t i = first; i < last; ++i) {
    samples_[at_slot * kSides + index_of(side)] = samples[static_cast<size_t>(i)];
    if (++at_slot == frames_) at_slot = 0;
  }
  return {.late = static_cast<size_t>(first), .overrun = static_cast<size_t>(n - last)};
}

void StereoRing::silence(Side side, int64_t from, int64_t to) noexcept {
  to = std::min(to, end());
  for (int64_t p = std::max(from, begin_); p < to; ++p) at(side, p) = 0;
}

void StereoRing::ramp_down(Side side, int64_t from, int64_t to) noexcept {
  const int64_t length = to - from;
  const int64_t last = std::min(to, end());
  for (int64_t p = std::max(from, begin_); p < last; ++p) {
    int16_t& sample = at(side, p);
    sample = static_cast<int16_t>(sample * (to - 1 - p) / length);
  }
}

std::optional<int64_t> StereoRing::first_sound(Side side, int64_t from, int64_t to) const noexcept {
  to = std::min(to, end());
  for (int64_t p = std::max(from, begin_); p < to; ++p) {
    if (at(side, p) != 0) return p;
  }
  return std::nullopt;
}

size_t StereoRing::take(int64_t until, std::span<int16_t> interleaved) noexcept {
  if (until <= begin_) return 0;
  const size_t n = std::min(static_cast<size_t>(until - begin_), interleaved.size() / kSides);
  // Every slot passed is cleared, so a stretch longer than the ring comes out as silence.
  size_t at_slot = slot(begin_, frames_);
  for (size_t i = 0; i < n; ++i) {
    for (size_t side = 0; side < kSides; ++side) {
      int16_t& sample = samples_[at_slot * kSides + side];
      interleaved[i * kSides + side] = sample;
      sample = 0;
    }
    if (++at_slot == frames_) at_slot = 0;
  }
  begin_ += static_cast<int64_t>(n);
  return n;
}

}  // namespace callrecorder
