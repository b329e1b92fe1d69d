// What the operating system says about the machine. 0 or "" where it says nothing.
#pragma once

#include <cstdint>
#include <string>

namespace jackfield {

struct Machine {
  unsigned processors = 0;       // that this process may use
  std::uint64_t memory = 0;      // bytes
  std::uint64_t open_files = 0;  // limit for this process, as it may raise it itself
  std::string clock_source;      // "tsc", "hpet"...; Linux only
};
Machine read_machine();

}  // namespace jackfield
