#include "standing_excess.hpp"

#include <algorithm>

namespace twilio {

bool StandingExcess::add(int64_t value, uint64_t now_ns) {
  bool ended = false;
  if (values_ >= kLeastValues && now_ns >= begin_ns_ + kWindowNs) {
    least_[next_] = now_least_;
    next_ = (next_ + 1) % kWindows;
    count_ = std::min(count_ + 1, kWindows);
    const auto end = least_.begin() + static_cast<std::ptrdiff_t>(count_);
    excess_ = now_least_ - *std::min_element(least_.begin(), end);
    values_ = 0;
    ended = true;
  }
  if (values_ == 0) {
    begin_ns_ = now_ns;
    now_least_ = value;
  }
  ++values_;
  now_least_ = std::min(now_least_, value);
  return ended;
}

}  // namespace twilio
