// The machine against what is documented as needed (docs/running.md: 4 cores, 8 GB, 50 GB of
// storage) and what follows from how it is built (two descriptors a call, many looks at the clock).
// A smaller machine is no failure: it carries fewer calls. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "doctor/core/finding.hpp"

namespace jackfield {

// Numbers are 0, names "", where they are unknown: then nothing is said.
Findings judge_machine(unsigned processors, std::uint64_t memory, std::uint64_t open_files,
                       const std::string& clock_source);
// Of the file system that recordings go to; bytes.
Findings judge_storage(std::uint64_t size, std::uint64_t free);

// "7.8 GB" (powers of ten).
std::string gigabytes(std::uint64_t bytes);

}  // namespace jackfield
