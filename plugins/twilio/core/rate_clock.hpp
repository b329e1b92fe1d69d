// Our clock, counted at the far end's speed: reads the same as ours at first, and then drifts away
// from it as the far end's clock does. Never goes back, nor jumps when the speed is corrected.
#pragma once

#include <cmath>
#include <cstdint>

namespace twilio {

class RateClock {
 public:
  // `skew`: see FarClock::skew().
  void set_skew(double skew, uint64_t now_ns) {
    if (now_ns < local_) return;
    far_ = far(now_ns);
    local_ = now_ns;
    skew_ = skew;
  }

  uint64_t far(uint64_t local_ns) const {
    const auto passed = static_cast<int64_t>(local_ns - local_);
    return far_ + static_cast<uint64_t>(
                      passed - std::llround(static_cast<double>(passed) * skew_ / (1 + skew_)));
  }
  // The first time at which far() has got there.
  uint64_t local(uint64_t far_ns) const {
    if (skew_ == 0) return local_ + (far_ns - far_);
    const auto passed = static_cast<int64_t>(far_ns - far_);
    return local_ +
           static_cast<uint64_t>(passed + std::llround(static_cast<double>(passed) * skew_) + 1);
  }

 private:
  double skew_ = 0;
  uint64_t local_ = 0;
  uint64_t far_ = 0;
};

}  // namespace twilio
