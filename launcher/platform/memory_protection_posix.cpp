#include <sys/resource.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "platform/memory_protection.hpp"

namespace jackfield {

void keep_memory_private() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__)
  // Also for dumps that go to a program (core_pattern with '|'), which RLIMIT_CORE does not stop.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

}  // namespace jackfield
