// Counters that wrap around (16-bit sequence numbers, 32-bit timestamps) as ones that do not.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

namespace jitter {

// The value nearest to the highest one seen is meant (RFC 3550, A.1): up to half of the range ahead
// or behind.
template <typename Counter>
class Unwrapper {
 public:
  int64_t unwrap(Counter value) {
    if (!highest_) return *(highest_ = value);
    const auto ahead = static_cast<std::make_signed_t<Counter>>(
        static_cast<Counter>(value - static_cast<Counter>(*highest_)));
    const int64_t whole = *highest_ + ahead;
    if (whole > *highest_) highest_ = whole;
    return whole;
  }
  void reset() { highest_.reset(); }

 private:
  std::optional<int64_t> highest_;
};

}  // namespace jitter
