#include "scenario/core/restart_policy.hpp"

#include <algorithm>

namespace jackfield {

std::optional<std::int64_t> RestartPolicy::after_failure(bool had_been_running,
                                                         std::int64_t lasted) {
  if (!had_been_running) return std::nullopt;
  if (lasted >= kGoodRun) next_ = kFirstDelay;
  const std::int64_t delay = next_;
  next_ = std::min(kLongestDelay, next_ * 2);
  return delay;
}

}  // namespace jackfield
