#include "audio/core/capture_loss.hpp"

#include <algorithm>

namespace jackfield {

std::int64_t CaptureLoss::add(std::int64_t position, std::int64_t duration, std::int64_t arrival) {
  std::int64_t lost = 0;
  // Rounding of sample counts to times: a hole is at least a millisecond.
  if (expected_ && position > *expected_ + 1'000'000) lost += position - *expected_;
  expected_ = position + duration;

  const std::int64_t lag = arrival - *expected_;
  if (!window_start_) window_start_ = arrival;
  if (arrival - *window_start_ >= kWindow) {
    lost += close_window();
    window_start_ = arrival;
    least_lag_.reset();
  }
  least_lag_ = least_lag_ ? std::min(*least_lag_, lag) : lag;
  return lost;
}

std::int64_t CaptureLoss::close_window() {
  const std::int64_t lag = *least_lag_;
  const auto before = last_lag_;
  last_lag_ = lag;
  if (!settled_lag_) {
    settled_lag_ = lag;
    return 0;
  }
  const std::int64_t step = lag - *settled_lag_;
  if (step < kLeastLoss) {
    settled_lag_ = lag;
    return 0;
  }
  // It was not there in the window before: it may go away again.
  if (!before || *before - *settled_lag_ < kLeastLoss) return 0;
  const std::int64_t lost = std::min(lag, *before) - *settled_lag_;
  settled_lag_ = lag;
  return lost;
}

}  // namespace jackfield
