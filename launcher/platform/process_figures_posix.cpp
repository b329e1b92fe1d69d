#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

#include "platform/process_figures.hpp"

namespace jackfield {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Of proc(5), Linux only: num_threads and starttime of /proc/self/stat.
void read_stat(ProcessFigures& figures) {
  constexpr int kThreads = 20;
  constexpr int kStart = 22;
  std::ifstream file{"/proc/self/stat"};
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');  // the name before it may hold spaces
  if (name_end == std::string::npos) return;
  std::istringstream fields{text.substr(name_end + 1)};
  std::string field;
  for (int number = 3; number <= kStart && fields >> field; ++number) {
    if (number == kThreads) figures.threads = static_cast<unsigned>(std::stoul(field));
    if (number != kStart) continue;
    std::ifstream uptime{"/proc/uptime"};
    double up = 0;
    if (!(uptime >> up)) return;
    const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    const double now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    figures.started_at = now - up + static_cast<double>(std::stoull(field)) / ticks;
  }
}

unsigned count_descriptors() {
  DIR* folder = opendir("/proc/self/fd");
  if (!folder) return 0;
  unsigned count = 0;
  while (const dirent* entry = readdir(folder)) count += entry->d_name[0] != '.';
  closedir(folder);
  return count > 0 ? count - 1 : 0;  // without that of the folder itself
}

}  // namespace

double read_cpu_seconds() {
  rusage usage{};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? seconds(usage.ru_utime) + seconds(usage.ru_stime)
                                             : 0;
}

ProcessFigures read_process_figures() {
  ProcessFigures figures;
  figures.cpu_seconds = read_cpu_seconds();
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  const long page = sysconf(_SC_PAGE_SIZE);
  if (statm >> size >> resident && page > 0)
    figures.resident_bytes = resident * static_cast<std::uint64_t>(page);
  read_stat(figures);
  figures.open_files = count_descriptors();
  return figures;
}

}  // namespace jackfield
