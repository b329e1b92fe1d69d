// Between the two halves of the I/O pool. Not for users.
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "gstpp.hpp"
#include "io_pool.hpp"

namespace jackfield::io {

// Set by each I/O thread for itself.
extern thread_local bool is_io_thread;

// The most threads one half may start.
size_t max_threads();

// Picks the thread for a new connection: a new one when all have many, else the least busy.
// Loop has std::atomic<size_t> load, and stays for ever.
template <typename Loop>
class Loops {
 public:
  Loop* pick() {
    constexpr size_t kMany = 200;
    std::lock_guard guard(lock_);
    Loop* least = nullptr;
    for (Loop* loop : loops_) {
      if (!least || loop->load < least->load) least = loop;
    }
    if (!least || (least->load >= kMany && loops_.size() < max_threads())) {
      least = new Loop;
      loops_.push_back(least);
    }
    ++least->load;
    return least;
  }

 private:
  std::mutex lock_;
  std::vector<Loop*> loops_;
};

// The socket below a plain TCP connection; nullptr when `stream` is anything else. No reference.
GSocket* plain_socket(GIOStream* stream);

std::ptrdiff_t read_pollable(GIOStream* stream, std::span<uint8_t> to);
std::ptrdiff_t write_pollable(GIOStream* stream, std::span<const uint8_t> from);

std::shared_ptr<IoHandle> attach_pollable(GIOStream* stream, std::shared_ptr<IoClient> client,
                                          GError** error);
#ifdef JACKFIELD_HAVE_EPOLL
// Processors that this process may run on (taskset, containers), which may be fewer than there are.
size_t usable_processors();
std::shared_ptr<IoHandle> attach_socket(GIOStream* stream, GSocket* socket,
                                        std::shared_ptr<IoClient> client, GError** error);
#endif

}  // namespace jackfield::io
