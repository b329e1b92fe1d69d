// How long to wait before the next attempt: exponential back-off with jitter, and a budget.
#pragma once

#include <cstdint>
#include <optional>

namespace jackfield {

class Backoff {
 public:
  struct Config {
    uint64_t first_ns = 250'000'000;    // after the first failure
    uint64_t most_ns = 10'000'000'000;  // the wait grows up to here
    double factor = 2.0;                // from one failure to the next, at least 1
    // The part of a wait that is left to chance (0 to 1), so that many callers that lost the same
    // service do not come back at once.
    double jitter = 0.5;
    int attempts = 0;  // in a row, 0: without end
  };

  explicit Backoff(const Config& config) : config_(config) {}

  // After a failure: the wait in ns; std::nullopt when the budget is used up. `random` lies in
  // [0, 1).
  std::optional<uint64_t> next(double random);
  // After a success.
  void reset() { failures_ = 0; }
  int failures() const { return failures_; }

 private:
  Config config_;
  int failures_ = 0;
};

}  // namespace jackfield
