// How many messages a peer may send: a token bucket. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

namespace jackfield {

class MessageRate {
 public:
  // At once, and each second from then on. What costs more than one message counts as several.
  struct Config {
    double burst = 300;
    double per_second = 30;
  };

  MessageRate() : MessageRate(Config{}) {}
  explicit MessageRate(Config config) : config_(config), left_(config.burst) {}

  // False when that is too much. `now` is a steady clock in ns.
  bool take(double cost, std::uint64_t now) {
    if (now > last_) {
      left_ = std::min(config_.burst,
                       left_ + static_cast<double>(now - last_) / 1e9 * config_.per_second);
      last_ = now;
    }
    left_ -= cost;
    if (left_ >= 0) return true;
    left_ = 0;
    return false;
  }

 private:
  Config config_;
  double left_;
  std::uint64_t last_ = 0;
};

}  // namespace jackfield
