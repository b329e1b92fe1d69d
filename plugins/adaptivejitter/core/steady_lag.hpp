// How late frames are taken at the least. A sink that waits for the latency of a whole pipeline
// blocks who pushes, and so every frame; packets may come later by as much. A moment in which the
// processor was busy elsewhere is no such thing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace jitter {

class SteadyLag {
 public:
  // Of the next frame, ns. Returns the least of the last 25 to 50 frames; 0 before there are as
  // many.
  int64_t add(int64_t lag_ns) {
    least_ = std::min(least_, lag_ns);
    const int64_t steady = std::min(least_, before_);
    if (++count_ == kFrames) {
      before_ = std::exchange(least_, kNone);
      count_ = 0;
    }
    return before_ == kNone ? 0 : steady;
  }

 private:
  static constexpr int kFrames = 25;
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  int64_t least_ = kNone;   // of the frames that are counted now
  int64_t before_ = kNone;  // of those before them
  int count_ = 0;
};

}  // namespace jitter
