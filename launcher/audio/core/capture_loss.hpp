// Finds out whether a microphone's sound was lost, from outside: nobody can be asked.
//
// Two signs. The source itself leaves a hole in its sample count when it was not read in time. And
// when the sound server or the driver drops, the count goes on without a hole, but from then on
// every buffer comes later than it should for good: the sound that has come lags behind the time
// that has passed. Being late for a while is no loss, so the least lag within a window counts, and
// only if it is still there in the next window. A drift of clocks (some 100 ppm) is far below what
// counts.
//
// Pure; one thread at a time.
#pragma once

#include <cstdint>
#include <optional>

namespace jackfield {

class CaptureLoss {
 public:
  static constexpr std::int64_t kWindow = 1'000'000'000;  // ns
  static constexpr std::int64_t kLeastLoss = 30'000'000;  // smaller steps are jitter

  // A buffer: its place in the source's count of samples, as time in ns from any origin, its
  // length, and when it came by a steady clock. The sound (ns) that is known to be lost now and was
  // not known before; 0 for none.
  std::int64_t add(std::int64_t position, std::int64_t duration, std::int64_t arrival);

  // The source starts anew: no hole, no lag.
  void reset() { *this = CaptureLoss{}; }

 private:
  std::int64_t close_window();

  std::optional<std::int64_t> expected_;      // position of the next buffer
  std::optional<std::int64_t> window_start_;  // arrival
  std::optional<std::int64_t> least_lag_;     // in this window
  std::optional<std::int64_t> last_lag_;      // least lag of the window before
  std::optional<std::int64_t> settled_lag_;   // what is normal
};

}  // namespace jackfield
