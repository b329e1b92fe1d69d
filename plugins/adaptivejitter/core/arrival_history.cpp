#include "arrival_history.hpp"

namespace jitter {

int64_t ArrivalHistory::add(int64_t arrival_ns, int64_t media_ns) {
  const int64_t offset = arrival_ns - media_ns;
  while (!fastest_.empty() && fastest_.back().offset_ns >= offset) fastest_.pop_back();
  if (fastest_.size() == kMaxEntries) fastest_.pop_back();
  fastest_.push_back({arrival_ns, offset});
  while (fastest_.front().arrival_ns < arrival_ns - kWindowNs) fastest_.pop_front();
  return offset - fastest_.front().offset_ns;
}

}  // namespace jitter
