// A few I/O threads for all connections of the process, never a thread per socket.
//
// A client is given to the pool with its connection. From then on the pool calls the client's run()
// on one thread, always the same, when bytes can be read or written, when the time the client asked
// for has come, or when somebody called wake(). run() must not block: hundreds of other connections
// wait for the thread.
//
// Plain TCP on Linux is watched by epoll, and a busy thread wakes at most every 3 ms and then
// serves everybody who is due (io_pool_epoll.cpp). Any other stream (TLS) and any other platform
// goes through GLib's pollable streams (io_pool_glib.cpp), at a higher price.
//
// A thread is started for each 200 connections (each more costs wake-ups of its own), up to the
// number of processors the process may run on (the environment variable JACKFIELD_IO_THREADS sets
// another limit, 1 to 64). Threads stay for the life of the process.
#pragma once

#include <gio/gio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "export.hpp"

namespace jackfield {

constexpr uint64_t kNoDeadline = UINT64_MAX;

// Why run() was called. Both false: the deadline, or wake().
struct IoReady {
  bool readable = false;
  bool writable = false;
};

// What the client wants next. It is always called when there is something to read.
struct IoWish {
  bool write = false;                  // call me when the connection takes bytes again
  uint64_t deadline_ns = kNoDeadline;  // call me then, on the scale of io_now_ns()
  bool finished = false;               // close the connection and forget me
};

// The connection, usable within run() only.
class IoChannel {
 public:
  static constexpr std::ptrdiff_t kNothingNow = -1;
  static constexpr std::ptrdiff_t kBroken = -2;

  // Bytes read, 0 at the end of the stream, kNothingNow or kBroken.
  virtual std::ptrdiff_t read(std::span<uint8_t> to) = 0;
  // Bytes taken, kNothingNow or kBroken.
  virtual std::ptrdiff_t write(std::span<const uint8_t> from) = 0;

 protected:
  ~IoChannel() = default;
};

class IoClient {
 public:
  virtual ~IoClient() = default;
  virtual IoWish run(IoChannel& channel, IoReady ready, uint64_t now_ns) noexcept = 0;
};

class IoHandle {
 public:
  virtual ~IoHandle() = default;
  // run() will be called soon. Any thread; costs no system call when the I/O thread is awake
  // anyway.
  virtual void wake() = 0;
};

// Takes a reference to `stream` and a share of `client`, until the client is finished. `stream` may
// be a GSocketConnection, a GTlsConnection, or what soup_server_message_steal_connection() gave
// (see websocket_upgrade.hpp). nullptr and `error` when it cannot be polled.
JACKFIELD_API std::shared_ptr<IoHandle> io_attach(GIOStream* stream,
                                                  std::shared_ptr<IoClient> client, GError** error);

// Whether the calling thread is one of the pool's: it must not wait for anything.
JACKFIELD_API bool on_io_thread();

// Monotonic time in ns; the scale of all times here, and of g_get_monotonic_time().
JACKFIELD_API uint64_t io_now_ns();

}  // namespace jackfield
