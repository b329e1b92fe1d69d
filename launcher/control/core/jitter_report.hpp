// What a jitter buffer did, from its counts since the start of the call: the event `jitter`. Pure.
#pragma once

#include <cstdint>

namespace jackfield {

// As adaptivejitter's `stats` have it; see docs/elements/adaptivejitter.md.
struct JitterCounts {
  std::uint64_t total_samples = 0, concealed_samples = 0;
  std::uint64_t received = 0, discarded = 0, restored = 0, interruptions = 0;
  std::int64_t lost = 0;
  std::uint64_t delay = 0, target = 0, mean = 0, p95 = 0;  // ns
  double rating = 0;                                       // R of the E-model
};

struct JitterFigures {
  JitterCounts counts;
  double concealed = 0;        // percent of the sound, since the last report
  double concealed_total = 0;  // and of all
};

class JitterReport {
 public:
  // What the counts say since the last time; the first time, since the start.
  JitterFigures take(const JitterCounts& counts);

 private:
  std::uint64_t total_samples_ = 0, concealed_samples_ = 0;
};

}  // namespace jackfield
