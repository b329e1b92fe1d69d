// Tells a delay that stays from one that passes: the least value of each 2 s is what no jitter
// explains, and how far that lies above the least of all is the excess.
#pragma once

#include <cstddef>
#include <cstdint>

namespace twilio {

class StandingExcess {
 public:
  // True when a window has just ended; excess() is new then.
  bool add(int64_t value, uint64_t now_ns);
  // Negative when there was never so little before; that is the measure from then on.
  int64_t excess() const { return excess_; }
  // The measure is higher by this.
  void raise_measure(int64_t by) { least_ += by; }
  // What comes has nothing to do with what was.
  void restart();

 private:
  static constexpr uint64_t kWindowNs = 2'000'000'000;
  static constexpr size_t kLeastValues = 15;  // in a window, else it goes on

  size_t values_ = 0;
  uint64_t begin_ns_ = 0;
  int64_t now_least_ = 0;
  bool known_ = false;
  int64_t least_ = 0;
  int64_t excess_ = 0;
};

}  // namespace twilio
