#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "platform/machine.hpp"

namespace jackfield {

Machine read_machine() {
  Machine machine;
  machine.processors = std::thread::hardware_concurrency();
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGE_SIZE);
  if (pages > 0 && page > 0)
    machine.memory = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    machine.open_files = limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max;
  std::ifstream clock{"/sys/devices/system/clocksource/clocksource0/current_clocksource"};
  std::getline(clock, machine.clock_source);
  return machine;
}

}  // namespace jackfield
