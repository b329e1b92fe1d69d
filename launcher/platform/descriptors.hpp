// How many sockets and files the process may have open at a time.
#pragma once

#include <cstdint>

namespace jackfield {

// Raises the limit as far as the system lets this process (on POSIX the hard limit of
// RLIMIT_NOFILE; Windows has none to raise). Returns the limit that holds now; UINT64_MAX: none.
// Call it before there are threads.
std::uint64_t raise_descriptor_limit();

}  // namespace jackfield
