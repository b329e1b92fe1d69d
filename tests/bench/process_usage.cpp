#include "process_usage.hpp"

#include <dirent.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace bench {
namespace {

void read_thread(const std::string& folder, ProcessUsage& usage) {
  std::ifstream status(folder + "/status");
  std::string name;
  for (std::string line; std::getline(status, line);) {
    const auto value = [&](const char* key) -> const char* {
      return line.starts_with(key) ? line.c_str() + std::char_traits<char>::length(key) : nullptr;
    };
    if (const char* text = value("Name:\t")) name = text;
    if (const char* text = value("voluntary_ctxt_switches:")) {
      const std::uint64_t waits = std::strtoull(text, nullptr, 10);
      usage.waits += waits;
      usage.waits_by_thread[name] += waits;
    }
    if (const char* text = value("nonvoluntary_ctxt_switches:"))
      usage.preemptions += std::strtoull(text, nullptr, 10);
  }
}

}  // namespace

void ProcessUsage::subtract(const ProcessUsage& before) {
  cpu_ns -= before.cpu_ns;
  waits -= std::min(waits, before.waits);
  preemptions -= std::min(preemptions, before.preemptions);
  for (const auto& [thread, so_far] : before.waits_by_thread) {
    std::uint64_t& now = waits_by_thread[thread];
    now -= std::min(now, so_far);
  }
}

ProcessUsage usage_of(pid_t pid) {
  ProcessUsage usage;
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return usage;
  usage.cpu_ns = time.tv_sec * 1'000'000'000LL + time.tv_nsec;

  const std::string folder = "/proc/" + std::to_string(pid);
  std::ifstream statm(folder + "/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  statm >> size >> resident;
  usage.rss_bytes = resident * sysconf(_SC_PAGESIZE);

  const std::string tasks = folder + "/task";
  if (DIR* dir = opendir(tasks.c_str())) {
    while (const dirent* entry = readdir(dir)) {
      if (entry->d_name[0] == '.') continue;
      ++usage.threads;
      read_thread(tasks + '/' + entry->d_name, usage);
    }
    closedir(dir);
  }
  return usage;
}

std::int64_t busy_ns_of_processor(int processor) {
  const std::string name = "cpu" + std::to_string(processor);
  std::ifstream stat("/proc/stat");
  for (std::string word; stat >> word;) {
    if (word == name) {
      // user nice system idle iowait irq softirq steal
      std::int64_t ticks = 0;
      for (int field = 0; field < 8; ++field) {
        std::int64_t value = 0;
        stat >> value;
        if (field != 3 && field != 4) ticks += value;
      }
      return ticks * (1'000'000'000 / sysconf(_SC_CLK_TCK));
    }
    stat.ignore(1 << 16, '\n');
  }
  return -1;
}

}  // namespace bench
