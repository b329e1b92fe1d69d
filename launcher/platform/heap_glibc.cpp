#include <malloc.h>

#include <cstdlib>

#include "platform/heap.hpp"

namespace jackfield {

void bound_heaps() {
  if (std::getenv("MALLOC_ARENA_MAX") || std::getenv("GLIBC_TUNABLES")) return;
  // Two: small blocks come from caches of the threads, so that they seldom meet.
  mallopt(M_ARENA_MAX, 2);
  // glibc's own values; setting them stops it from raising them up to 32 MiB.
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  mallopt(M_TRIM_THRESHOLD, 256 * 1024);
}

void shrink_heaps() { malloc_trim(0); }

}  // namespace jackfield
