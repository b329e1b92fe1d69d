#define NOMINMAX
#define WIN32_LEAN_AND_MEAN
#define PSAPI_VERSION 2  // in kernel32
#include <windows.h>
// After windows.h.
#include <psapi.h>

#include "platform/process_figures.hpp"

namespace jackfield {
namespace {

double seconds(const FILETIME& time) {
  const std::uint64_t steps =
      (static_cast<std::uint64_t>(time.dwHighDateTime) << 32) | time.dwLowDateTime;
  return static_cast<double>(steps) / 1e7;
}

}  // namespace

double read_cpu_seconds() { return read_process_figures().cpu_seconds; }

ProcessFigures read_process_figures() {
  ProcessFigures figures;
  FILETIME created{};
  FILETIME exited{};
  FILETIME kernel{};
  FILETIME user{};
  if (GetProcessTimes(GetCurrentProcess(), &created, &exited, &kernel, &user)) {
    constexpr double kFrom1601To1970 = 11644473600.0;
    figures.cpu_seconds = seconds(kernel) + seconds(user);
    figures.started_at = seconds(created) - kFrom1601To1970;
  }
  PROCESS_MEMORY_COUNTERS memory{};
  if (GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof memory))
    figures.resident_bytes = memory.WorkingSetSize;
  DWORD handles = 0;
  if (GetProcessHandleCount(GetCurrentProcess(), &handles)) figures.open_files = handles;
  return figures;
}

}  // namespace jackfield
