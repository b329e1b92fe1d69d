#include "placement.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace callrecorder {

Placement::Placed Placement::place(int64_t wanted, int64_t length) noexcept {
  const int64_t difference = wanted - expected_;
  if (!open_ || std::llabs(difference) > config_.tolerance) {
    open_ = true;
    correcting_ = false;
    offset_ = 0.0;
    expected_ = wanted + length;
    return {.position = wanted, .adjust = 0, .discontinuity = true};
  }

  // First-order low pass with the time constant `averaging`.
  const double weight =
      std::min(1.0, static_cast<double>(length) / static_cast<double>(config_.averaging));
  offset_ += weight * (static_cast<double>(difference) - offset_);
  const double size = std::abs(offset_);
  if (size > static_cast<double>(config_.start_above)) correcting_ = true;
  if (size < static_cast<double>(config_.stop_below)) correcting_ = false;

  Placed placed{.position = expected_, .adjust = 0, .discontinuity = false};
  if (correcting_ && length > 1) {
    placed.adjust = offset_ > 0 ? 1 : -1;
    offset_ -= placed.adjust;
  }
  expected_ += length + placed.adjust;
  return placed;
}

Placement::Placed Placement::append(int64_t fallback, int64_t length) noexcept {
  const bool first = !open_;
  const int64_t position = first ? fallback : expected_;
  if (first) {
    offset_ = 0.0;
    correcting_ = false;
  }
  open_ = true;
  expected_ = position + length;
  return {.position = position, .adjust = 0, .discontinuity = first};
}

}  // namespace callrecorder
