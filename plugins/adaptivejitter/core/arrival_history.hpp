// How late packets are: relative to the fastest one of the last seconds, so that neither the
// unknown delay of the path nor the drift between the sender's clock and ours counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace jitter {

class ArrivalHistory {
 public:
  // 5 s: 100 ppm of drift are 0.5 ms of it, and it holds a fast packet even in hard times.
  static constexpr int64_t kWindowNs = 5'000'000'000;

  // A packet of media time `media_ns` came. Returns how late it is, ns, 0 or more.
  int64_t add(int64_t arrival_ns, int64_t media_ns);
  // arrival - media time of the fastest packet of the window.
  int64_t base_ns() const { return fastest_.empty() ? 0 : fastest_.front().offset_ns; }
  bool empty() const { return fastest_.empty(); }
  void clear() { fastest_.clear(); }

 private:
  struct Entry {
    int64_t arrival_ns;
    int64_t offset_ns;
  };
  // Offsets ascend with time: each entry is the fastest from its time on. At most one entry per
  // packet of the window, and limited, so that a flood cannot make it grow.
  static constexpr size_t kMaxEntries = 1024;
  std::deque<Entry> fastest_;
};

}  // namespace jitter
