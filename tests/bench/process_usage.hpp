// What another process has used so far, from Linux's own accounting.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

namespace bench {

struct ProcessUsage {
  std::int64_t cpu_ns = 0;  // all threads, also those that have ended
  std::int64_t rss_bytes = 0;
  int threads = 0;
  // Times a thread gave up its processor to wait, and times it was made to; threads alive now.
  std::uint64_t waits = 0;
  std::uint64_t preemptions = 0;
  std::map<std::string, std::uint64_t> waits_by_thread;  // summed by the threads' name

  // Leaves what was used since `before`; memory and threads are those of now.
  void subtract(const ProcessUsage& before);
};

// All zero when there is no such process.
ProcessUsage usage_of(pid_t pid);

// Time that one processor has spent on anything at all since the machine started, in ns; -1 when
// unknown. Precise to 10 ms.
std::int64_t busy_ns_of_processor(int processor);

}  // namespace bench
