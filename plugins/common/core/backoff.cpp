#include "backoff.hpp"

#include <algorithm>

namespace jackfield {

std::optional<uint64_t> Backoff::next(double random) {
  if (config_.attempts > 0 && failures_ >= config_.attempts) return std::nullopt;
  double wait = static_cast<double>(config_.first_ns);
  const auto most = static_cast<double>(config_.most_ns);
  for (int i = 0; i < failures_ && wait < most; ++i) wait *= std::max(1.0, config_.factor);
  wait = std::min(wait, most);
  const double jitter = std::clamp(config_.jitter, 0.0, 1.0);
  wait -= wait * jitter * std::clamp(random, 0.0, 1.0);
  if (failures_ < 1'000'000) ++failures_;
  return static_cast<uint64_t>(wait);
}

}  // namespace jackfield
