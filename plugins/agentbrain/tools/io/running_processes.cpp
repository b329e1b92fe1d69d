#include "running_processes.hpp"

#include <chrono>
#include <cstdlib>

#include "process_group.hpp"

namespace agentbrain::tools {

using namespace std::chrono_literals;

RunningProcesses& RunningProcesses::instance() {
  static auto* processes = new RunningProcesses;
  return *processes;
}

RunningProcesses::RunningProcesses() {
  std::atexit([] { instance().end_all(); });
}

void RunningProcesses::add(GSubprocess* process) {
  const std::lock_guard guard(lock_);
  processes_.insert(process);
}

void RunningProcesses::remove(GSubprocess* process) {
  {
    const std::lock_guard guard(lock_);
    processes_.erase(process);
  }
  removed_.notify_all();
}

// The thread that waits for their ends, and removes them, goes on while the program exits.
void RunningProcesses::end_all() {
  std::unique_lock guard(lock_);
  for (GSubprocess* process : processes_) terminate_group(process);
  removed_.wait_for(guard, 2s, [this] { return processes_.empty(); });
  for (GSubprocess* process : processes_) kill_group(process);
}

}  // namespace agentbrain::tools
