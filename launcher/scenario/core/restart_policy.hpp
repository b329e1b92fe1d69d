// When a pipeline that should keep running is started again.
#pragma once

#include <cstdint>
#include <optional>

namespace jackfield {

class RestartPolicy {
 public:
  static constexpr std::int64_t kFirstDelay = 1'000'000'000;
  static constexpr std::int64_t kLongestDelay = 30'000'000'000;
  // A run this long was a good one: the next delay is the first again.
  static constexpr std::int64_t kGoodRun = 60'000'000'000;

  // After a run failed: how long to wait until the next, in ns; nullopt to give up. A pipeline that
  // never came to run has a mistake in it which no restart cures. `lasted` in ns.
  std::optional<std::int64_t> after_failure(bool had_been_running, std::int64_t lasted);

 private:
  std::int64_t next_ = kFirstDelay;
};

}  // namespace jackfield
