// How many messages of a kind may come in a stretch of time. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace agentbrain::tools {

class MessageLimit {
 public:
  explicit MessageLimit(std::uint64_t window) : window_(window) {}

  // False when there are more than `most` since the stretch of time began.
  bool count(std::size_t messages, std::size_t most, std::uint64_t now) {
    if (now >= since_ + window_) {
      since_ = now;
      lately_ = 0;
    }
    lately_ += messages;
    return lately_ <= most;
  }

 private:
  std::uint64_t window_;  // ns
  std::uint64_t since_ = 0;
  std::size_t lately_ = 0;
};

}  // namespace agentbrain::tools
