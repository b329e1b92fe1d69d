// The Linux half of the I/O pool: plain TCP sockets under epoll.
//
// A Watch and everything in it belongs to its loop's thread; other threads only call wake(), which
// puts the watch on the loop's list under the loop's lock and rings the eventfd if the loop sleeps.
//
// Sockets are watched edge-triggered: the kernel tells of new bytes once. A watch whose client left
// some unread is run again in the next round.
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <queue>
#include <thread>
#include <unordered_map>
#include <utility>

#include "io_pool_impl.hpp"

namespace jackfield::io {
namespace {

// A loop that is woken more often than this waits until the time is over and then serves all who
// have become due: a wake-up costs more than serving a call.
constexpr uint64_t kTickNs = 3'000'000;
constexpr uint64_t kLeastWaitNs = 1'000'000;
constexpr int kMaxEvents = 256;

class Loop;

class Watch final : public IoHandle, public IoChannel, public std::enable_shared_from_this<Watch> {
 public:
  Watch(Loop* loop, GIOStream* stream, int fd, std::shared_ptr<IoClient> client)
      : loop_(loop),
        stream_(static_cast<GIOStream*>(g_object_ref(stream))),
        fd_(fd),
        client_(std::move(client)) {}

  void wake() override;
  std::ptrdiff_t read(std::span<uint8_t> to) override;
  std::ptrdiff_t write(std::span<const uint8_t> from) override;

 private:
  friend class Loop;

  Loop* const loop_;
  gstpp::GObjectPtr<GIOStream> stream_;
  const int fd_;
  std::shared_ptr<IoClient> client_;
  std::atomic<bool> woken_{false};
  // An HTTP parser may have read ahead; its stream is emptied before the socket is read itself.
  bool read_ahead_ = true;
  bool unread_ = false;  // there may be bytes that the kernel will not tell of again
  bool listed_ = false;  // stands in Loop::unread_
  bool ending_ = false;  // the peer closes: behind the last bytes there is an end to be read
  uint32_t events_ = 0;
  uint64_t deadline_ = kNoDeadline;
  uint64_t armed_ = kNoDeadline;  // the time of its valid entry among the timers
};

class Loop {
 public:
  Loop();
  void add(std::shared_ptr<Watch> watch);
  void wake(std::shared_ptr<Watch> watch);

  std::atomic<size_t> load{0};

 private:
  struct Timer {
    uint64_t time;
    std::shared_ptr<Watch> watch;
    bool operator<(const Timer& other) const { return time > other.time; }
  };

  void run();
  void wait();
  void ring();
  void run_watch(Watch& watch, IoReady ready, uint64_t now);
  void run_timers(uint64_t now);
  void arm(Watch& watch);
  void remove(Watch& watch);

  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  const int bell_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

  std::mutex lock_;
  std::vector<std::shared_ptr<Watch>> woken_;  // guarded by lock_
  bool asleep_ = false;                        // guarded by lock_

  // Of the loop's thread alone.
  std::unordered_map<Watch*, std::shared_ptr<Watch>> watches_;
  std::vector<std::shared_ptr<Watch>> removed_;  // kept until the round is over
  std::vector<std::shared_ptr<Watch>> unread_;   // to be run in the next round
  std::priority_queue<Timer> timers_;
  std::array<epoll_event, kMaxEvents> events_;
  int event_count_ = 0;
};

void Watch::wake() {
  if (!woken_.exchange(true)) loop_->wake(shared_from_this());
}

std::ptrdiff_t Watch::read(std::span<uint8_t> to) {
  size_t got = 0;
  while (read_ahead_ && got < to.size()) {
    const std::ptrdiff_t size = read_pollable(stream_.get(), to.subspan(got));
    if (size > 0) {
      got += static_cast<size_t>(size);
      continue;
    }
    if (got == 0 && size != kNothingNow) return size;
    // Only the stream knows whether it has anything left; its word for that is "nothing now".
    if (size == kNothingNow) read_ahead_ = false;
    break;
  }
  if (got > 0) return static_cast<std::ptrdiff_t>(got);
  for (;;) {
    const ssize_t size = recv(fd_, to.data(), to.size(), MSG_DONTWAIT);
    if (size >= 0) {
      // A short read emptied the socket: what comes later is told of anew.
      if (static_cast<size_t>(size) < to.size() && !ending_) unread_ = false;
      return size;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      unread_ = false;
      return kNothingNow;
    }
    if (errno != EINTR) return kBroken;
  }
}

std::ptrdiff_t Watch::write(std::span<const uint8_t> from) {
  for (;;) {
    const ssize_t size = send(fd_, from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size >= 0) return size;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return kNothingNow;
    if (errno != EINTR) return kBroken;
  }
}

Loop::Loop() {
  epoll_event event{};
  event.events = EPOLLIN;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_, &event);
  GThread* thread = g_thread_new(
      "jackfield-io",
      [](gpointer self) -> gpointer {
        is_io_thread = true;
        static_cast<Loop*>(self)->run();
        return nullptr;
      },
      this);
  g_thread_unref(thread);
}

void Loop::wake(std::shared_ptr<Watch> watch) {
  std::lock_guard guard(lock_);
  woken_.push_back(std::move(watch));
  if (asleep_) ring();
  asleep_ = false;
}

void Loop::ring() {
  const uint64_t one = 1;
  // It can only fail by overflow, and then the bell rings already.
  [[maybe_unused]] const ssize_t written = ::write(bell_, &one, sizeof one);
}

// Sleeps until there is something to do; fills events_.
void Loop::wait() {
  int timeout_ms = -1;
  if (!unread_.empty()) {
    timeout_ms = 0;
  } else if (!timers_.empty()) {
    const uint64_t now = io_now_ns();
    const uint64_t first = timers_.top().time;
    timeout_ms =
        first <= now
            ? 0
            : static_cast<int>(std::min<uint64_t>((first - now + 999'999) / 1'000'000, 60'000));
  }
  {
    std::lock_guard guard(lock_);
    if (!woken_.empty()) timeout_ms = 0;
    asleep_ = timeout_ms != 0;
  }
  event_count_ = std::max(0, epoll_wait(epoll_, events_.data(), kMaxEvents, timeout_ms));
  std::lock_guard guard(lock_);
  asleep_ = false;
}

void Loop::run() {
  std::vector<std::shared_ptr<Watch>> woken;
  std::vector<std::shared_ptr<Watch>> unread;
  for (;;) {
    const uint64_t before = io_now_ns();
    wait();
    const uint64_t now = io_now_ns();

    {
      std::lock_guard guard(lock_);
      woken.swap(woken_);
    }
    for (const auto& watch : woken) {
      // Cleared first: a wake() during the run must not be lost.
      watch->woken_ = false;
      run_watch(*watch, {}, now);
    }
    woken.clear();
    unread.swap(unread_);
    for (const auto& watch : unread) {
      watch->listed_ = false;
      if (watch->unread_) run_watch(*watch, {.readable = true}, now);
    }
    unread.clear();
    for (int i = 0; i < event_count_; ++i) {
      auto* watch = static_cast<Watch*>(events_[static_cast<size_t>(i)].data.ptr);
      if (!watch) {
        uint64_t rings = 0;
        [[maybe_unused]] const ssize_t size = ::read(bell_, &rings, sizeof rings);
        continue;
      }
      const uint32_t events = events_[static_cast<size_t>(i)].events;
      // An error or a hang-up is found by reading.
      constexpr uint32_t kEnding = EPOLLRDHUP | EPOLLERR | EPOLLHUP;
      if (events & kEnding) watch->ending_ = true;
      run_watch(
          *watch,
          {.readable = (events & (EPOLLIN | kEnding)) != 0, .writable = (events & EPOLLOUT) != 0},
          now);
    }
    run_timers(now);
    removed_.clear();

    // Only a loop that finds work at once is worth slowing down.
    if (now - before >= kTickNs) continue;
    {
      std::lock_guard guard(lock_);
      if (!woken_.empty()) continue;
      asleep_ = true;
    }
    const uint64_t done = io_now_ns();
    if (done < now + kTickNs) {
      pollfd bell{bell_, POLLIN, 0};
      const timespec rest{0, static_cast<long>(now + kTickNs - done)};
      ppoll(&bell, 1, &rest, nullptr);
    }
    std::lock_guard guard(lock_);
    asleep_ = false;
  }
}

void Loop::add(std::shared_ptr<Watch> watch) {
  // The first run registers it.
  watch->wake();
}

void Loop::run_watch(Watch& watch, IoReady ready, uint64_t now) {
  if (!watch.client_) return;
  const bool first = watch.events_ == 0;
  if (first) {
    watches_.emplace(&watch, watch.shared_from_this());
    ready.readable = true;
  }
  if (ready.readable) watch.unread_ = true;
  const IoWish wish = watch.client_->run(watch, ready, now);
  if (wish.finished) {
    remove(watch);
    return;
  }
  if (watch.unread_ && !watch.listed_) {
    watch.listed_ = true;
    unread_.push_back(watch.shared_from_this());
  }
  const uint32_t wanted = EPOLLIN | EPOLLRDHUP | EPOLLET | (wish.write ? uint32_t{EPOLLOUT} : 0U);
  if (wanted != watch.events_) {
    epoll_event event{};
    event.events = wanted;
    event.data.ptr = &watch;
    epoll_ctl(epoll_, first ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, watch.fd_, &event);
    watch.events_ = wanted;
  }
  // A time that has passed already must not keep this thread to one client.
  watch.deadline_ = std::max(wish.deadline_ns, now + kLeastWaitNs);
  arm(watch);
}

// A deadline that moves away leaves its timer; the timer looks again when its time comes. So the
// usual case, a time-out that each message puts off, costs nothing.
void Loop::arm(Watch& watch) {
  if (watch.deadline_ >= watch.armed_) return;
  watch.armed_ = watch.deadline_;
  timers_.push({watch.armed_, watch.shared_from_this()});
}

void Loop::run_timers(uint64_t now) {
  while (!timers_.empty() && timers_.top().time <= now) {
    const Timer timer = timers_.top();
    timers_.pop();
    Watch& watch = *timer.watch;
    if (timer.time != watch.armed_) continue;
    watch.armed_ = kNoDeadline;
    if (watch.deadline_ <= now) {
      run_watch(watch, {}, now);
    } else {
      arm(watch);
    }
  }
}

void Loop::remove(Watch& watch) {
  if (watch.events_ != 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, watch.fd_, nullptr);
  watch.client_.reset();
  watch.deadline_ = watch.armed_ = kNoDeadline;
  g_io_stream_close(watch.stream_.get(), nullptr, nullptr);
  watch.stream_.reset();
  --load;
  if (auto node = watches_.extract(&watch)) removed_.push_back(std::move(node.mapped()));
}

}  // namespace

size_t usable_processors() {
  cpu_set_t set;
  const bool known = sched_getaffinity(0, sizeof set, &set) == 0;
  return known ? static_cast<size_t>(std::max(1, CPU_COUNT(&set)))
               : std::max(1U, std::thread::hardware_concurrency());
}

std::shared_ptr<IoHandle> attach_socket(GIOStream* stream, GSocket* socket,
                                        std::shared_ptr<IoClient> client, GError** error) {
  const int fd = g_socket_get_fd(socket);
  if (fd < 0) {
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CLOSED, "the connection is closed");
    return nullptr;
  }
  static auto* loops = new Loops<Loop>;
  Loop* loop = loops->pick();
  auto watch = std::make_shared<Watch>(loop, stream, fd, std::move(client));
  loop->add(watch);
  return watch;
}

}  // namespace jackfield::io
