// Tells a delay that stays from one that passes: the least value of each 5 s is what no jitter
// explains, and how far that lies above the least of the last 5 minutes is the excess.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace twilio {

class StandingExcess {
 public:
  // True when a window has just ended; excess() is new then.
  bool add(int64_t value, uint64_t now_ns);
  int64_t excess() const { return excess_; }
  // What comes has nothing to do with what was.
  void restart() {
    next_ = count_ = values_ = 0;
    excess_ = 0;
  }

 private:
  static constexpr uint64_t kWindowNs = 5'000'000'000;
  static constexpr size_t kWindows = 60;
  static constexpr size_t kLeastValues = 20;  // in a window, else it goes on

  std::array<int64_t, kWindows> least_{};
  size_t next_ = 0;
  size_t count_ = 0;
  size_t values_ = 0;
  uint64_t begin_ns_ = 0;
  int64_t now_least_ = 0;
  int64_t excess_ = 0;
};

}  // namespace twilio
