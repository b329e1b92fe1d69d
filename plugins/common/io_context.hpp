// One thread of the process that runs a GMainContext: for clients of network services, which
// libsoup drives from a context, and for their timers. Callers share it; nothing in it may block.
#pragma once

#include <gio/gio.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "export.hpp"

namespace jackfield {

class JACKFIELD_API IoContext {
 public:
  // Started with the first use; lives until the process ends.
  static IoContext& shared();
  // Another thread of the same kind, for what may take its time (tens of milliseconds) without
  // holding up the clients of services: the servers of tools.
  static IoContext& patient();

  // It is the thread's default context, too.
  GMainContext* context() const;
  // Whether the calling thread is this one.
  bool is_current() const;
  // Has `job` run in the thread, in the order of the calls. Any thread. Jobs must not throw.
  void post(std::function<void()> job);

  IoContext(const IoContext&) = delete;
  IoContext& operator=(const IoContext&) = delete;

 private:
  friend class IoTimer;
  struct State;
  explicit IoContext(const char* thread);

  State* state_;
};

// Calls a function in an I/O context's thread at a time that can be moved.
class JACKFIELD_API IoTimer {
 public:
  // `function` must not throw.
  explicit IoTimer(std::function<void()> function, IoContext& context = IoContext::shared());
  // No call is made after it returns; it waits for a running one, unless it is called from there.
  // Hold no lock that the function takes.
  ~IoTimer();
  IoTimer(const IoTimer&) = delete;
  IoTimer& operator=(const IoTimer&) = delete;

  // Calls once at `at_ns`, on the scale of io_now_ns(), in place of an earlier wish. Any thread.
  void arm(uint64_t at_ns);
  void disarm();

 private:
  friend class IoContext;
  struct Shared;
  IoContext& context_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace jackfield
