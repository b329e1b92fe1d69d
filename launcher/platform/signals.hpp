// The ways a person or a service manager asks a process to stop: SIGINT and SIGTERM, on Windows
// Ctrl+C, Ctrl+Break, the closing of the console and a shutdown.
#pragma once

#include <functional>

namespace jackfield {

// Calls `stop` on the main context each time. One at a time per process.
class StopSignals {
 public:
  explicit StopSignals(std::function<void()> stop);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  std::function<void()> stop_;
  unsigned sources_[2] = {0, 0};
};

// The way a process is asked to read its files again: SIGHUP. Windows has none.
class ReloadSignal {
 public:
  // Calls `reload` on the main context each time.
  explicit ReloadSignal(std::function<void()> reload);
  ~ReloadSignal();
  ReloadSignal(const ReloadSignal&) = delete;
  ReloadSignal& operator=(const ReloadSignal&) = delete;

 private:
  std::function<void()> reload_;
  unsigned source_ = 0;
};

}  // namespace jackfield
