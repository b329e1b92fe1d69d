#define NOMINMAX
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <thread>

#include "platform/machine.hpp"

namespace jackfield {

Machine read_machine() {
  Machine machine;
  machine.processors = std::thread::hardware_concurrency();
  MEMORYSTATUSEX memory{};
  memory.dwLength = sizeof memory;
  if (GlobalMemoryStatusEx(&memory)) machine.memory = memory.ullTotalPhys;
  machine.open_files = UINT64_MAX;
  return machine;
}

}  // namespace jackfield
