// Numbers the turns of a call, whoever finds them: the detector in speech, the agent in what is
// typed. Counts from 1. Any thread.
#pragma once

#include <atomic>

namespace agentbrain {

class TurnIds {
 public:
  unsigned next() { return ++last_; }
  void reset() { last_ = 0; }

 private:
  std::atomic<unsigned> last_{0};
};

}  // namespace agentbrain
