#include "standing_excess.hpp"

#include <algorithm>

namespace twilio {

bool StandingExcess::add(int64_t value, uint64_t now_ns) {
  bool ended = false;
  if (values_ >= kLeastValues && now_ns >= begin_ns_ + kWindowNs) {
    excess_ = known_ ? now_least_ - least_ : 0;
    least_ = known_ ? std::min(least_, now_least_) : now_least_;
    known_ = true;
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

void StandingExcess::restart() {
  values_ = 0;
  known_ = false;
  excess_ = 0;
}

}  // namespace twilio
