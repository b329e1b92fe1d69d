// What this process uses of the machine. 0 where the operating system does not say.
#pragma once

#include <cstdint>

namespace jackfield {

struct ProcessFigures {
  double cpu_seconds = 0;            // user and system, since the process began
  std::uint64_t resident_bytes = 0;  // memory that is really there
  unsigned threads = 0;
  unsigned open_files = 0;  // descriptors
  double started_at = 0;    // Unix time in s
};
ProcessFigures read_process_figures();
// Of them the cheapest to know.
double read_cpu_seconds();

}  // namespace jackfield
