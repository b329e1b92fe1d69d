#include "doctor/core/machine_rules.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace jackfield {
namespace {

constexpr std::uint64_t kGigabyte = 1'000'000'000;
constexpr unsigned kProcessors = 4;
// What is sold as 8 GB shows a little less.
constexpr std::uint64_t kMemory = 7 * kGigabyte;
constexpr std::uint64_t kStorage = 50 * kGigabyte;
// An hour of recorded calls at 8 kHz is 115 MB: below the first it is a matter of days, below the
// second of hours.
constexpr std::uint64_t kFree = 5 * kGigabyte;
constexpr std::uint64_t kLeastFree = kGigabyte / 2;
constexpr std::uint64_t kOpenFiles = 1024;
constexpr std::uint64_t kLeastOpenFiles = 256;
// Those that a program reads without entering the kernel.
constexpr auto kQuickClocks = std::to_array<std::string_view>(
    {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"});

Finding good(std::string topic, std::string text) {
  return {.topic = std::move(topic), .health = Health::kOk, .text = std::move(text), .advice = {}};
}

}  // namespace

std::string gigabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GB", static_cast<double>(bytes) / kGigabyte);
  return text;
}

Findings judge_machine(unsigned processors, std::uint64_t memory, std::uint64_t open_files,
                       const std::string& clock_source) {
  Findings findings;
  if (processors > 0) {
    Finding cpu = good("machine", std::to_string(processors) + " processor cores");
    if (processors < kProcessors) {
      cpu.health = Health::kWarning;
      cpu.text +=
          ", fewer than the documented 4: speech recognition of several turns at once waits";
      cpu.advice = "serve fewer calls at a time (--max-calls), or use a provider for speech";
    }
    findings.push_back(std::move(cpu));
  }
  if (memory > 0) {
    Finding ram = good("machine", gigabytes(memory) + " of memory");
    if (memory < kMemory) {
      ram.health = Health::kWarning;
      ram.text += ", less than the documented 8 GB";
      ram.advice = "one agent needs 150 MB; leave out what else runs here";
    }
    findings.push_back(std::move(ram));
  }
  if (open_files > 0) {
    Finding files = good("machine", "open files and sockets: " +
                                        (open_files == UINT64_MAX ? std::string{"no limit"}
                                                                  : std::to_string(open_files)));
    if (open_files < kOpenFiles) {
      files.health = open_files < kLeastOpenFiles ? Health::kFailure : Health::kWarning;
      files.text += ", which " + std::to_string(open_files / 8) + " calls use up";
      files.advice = "raise it: ulimit -n 4096, or LimitNOFILE= of the systemd unit";
    }
    findings.push_back(std::move(files));
  }
  if (!clock_source.empty()) {
    Finding clock = good("machine", "clock source " + clock_source);
    if (std::find(kQuickClocks.begin(), kQuickClocks.end(), clock_source) == kQuickClocks.end()) {
      clock.health = Health::kWarning;
      clock.text += ": every look at the clock enters the kernel, audio looks often";
      clock.advice =
          "if 'tsc' stands in /sys/devices/system/clocksource/clocksource0/available_clocksource, "
          "choose it with the kernel parameter clocksource=tsc";
    }
    findings.push_back(std::move(clock));
  }
  return findings;
}

Findings judge_storage(std::uint64_t size, std::uint64_t free) {
  if (size == 0) return {};
  Finding disk = good("storage", gigabytes(free) + " of " + gigabytes(size) + " free");
  if (free < kFree) {
    disk.health = free < kLeastFree ? Health::kFailure : Health::kWarning;
    disk.text += ": recordings (115 MB an hour of call) will fill it";
    disk.advice = "make room, or put them elsewhere with --recordings";
  } else if (size < kStorage) {
    disk.health = Health::kWarning;
    disk.text += ", smaller than the documented 50 GB";
    disk.advice = "remove old recordings from time to time";
  }
  return {std::move(disk)};
}

}  // namespace jackfield
