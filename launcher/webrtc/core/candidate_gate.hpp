// Keeps candidates back until the description that they belong to has gone before them: who gets a
// candidate first has nothing to add it to. Pure.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "webrtc/signal_call.hpp"

namespace jackfield::webrtc {

class CandidateGate {
 public:
  static constexpr std::size_t kMost = 64;

  enum class Verdict { kPass, kHeld, kTooMany };
  Verdict offer(const Candidate& candidate) {
    if (open_) return Verdict::kPass;
    if (held_.size() >= kMost) return Verdict::kTooMany;
    held_.push_back(candidate);
    return Verdict::kHeld;
  }

  // A description has passed. What waited for it, in order.
  std::vector<Candidate> open() {
    open_ = true;
    return std::exchange(held_, {});
  }
  bool is_open() const { return open_; }

 private:
  bool open_ = false;
  std::vector<Candidate> held_;
};

}  // namespace jackfield::webrtc
