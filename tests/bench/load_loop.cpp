#include "load_loop.hpp"

#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

namespace bench {
namespace {

constexpr Nanoseconds kRampSlack = 20 * kSecond;  // for all calls to run, beyond their own rate
// With so many calls a frame is due every 100 us or oftener. To sleep until each would cost more
// than to send it: those of this time go out together, and answers are looked for as often.
constexpr std::size_t kManyCalls = 200;
constexpr Nanoseconds kLeastSleep = kMs / 5;
// Sockets served between two looks at the clock.
constexpr int kBatch = 8;

}  // namespace

LoadLoop::LoadLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)), start_(now_ns()) {}

LoadLoop::~LoadLoop() { close(epoll_); }

void LoadLoop::add(std::unique_ptr<LoadCall> call) {
  calls_.push_back(std::move(call));
  polled_.push_back(0);
}

void LoadLoop::watch_lateness(std::size_t frames) {
  lateness_ms_.reserve(frames);
  watching_ = true;
}

std::string LoadLoop::first_problem() const {
  for (const auto& call : calls_)
    if (!call->problem().empty()) return call->problem();
  return {};
}

void LoadLoop::stop() {
  for (auto& call : calls_) call->stop();
  run(now_ns() + 5 * kPeriod, false);
}

std::string LoadLoop::ramp(double rate) {
  start_ = now_ns();
  const auto step = static_cast<Nanoseconds>(1e9 / rate);
  const Nanoseconds end = start_ + step * static_cast<Nanoseconds>(calls_.size()) + kRampSlack;
  std::size_t begun = 0;
  for (;;) {
    const Nanoseconds now = now_ns();
    while (begun < calls_.size() && now >= start_ + static_cast<Nanoseconds>(begun) * step) {
      calls_[begun]->begin();
      poll(begun++);
    }
    run(now + kMs, true);
    if (std::string problem = first_problem(); !problem.empty()) return problem;
    const auto running =
        static_cast<std::size_t>(std::count_if(calls_.begin(), calls_.end(), [](const auto& call) {
          return call->state() == LoadCall::State::kRunning;
        }));
    if (running == calls_.size()) return {};
    if (now > end)
      return "only " + std::to_string(running) + " of " + std::to_string(calls_.size()) +
             " calls were answered";
  }
}

// Registers a socket that is new or wants something else than before.
void LoadLoop::poll(std::size_t index) {
  LoadCall& call = *calls_[index];
  const bool fresh = call.socket_changed();
  if (call.state() == LoadCall::State::kClosed) return;
  const std::uint32_t wanted = EPOLLIN | (call.wants_write() ? std::uint32_t{EPOLLOUT} : 0U);
  if (!fresh && wanted == polled_[index]) return;
  epoll_event event{};
  event.events = polled_[index] = wanted;
  event.data.u64 = index;
  epoll_ctl(epoll_, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, call.fd(), &event);
}

// The frame `slot` belongs to call slot % calls.
Nanoseconds LoadLoop::due(std::uint64_t slot) const {
  const std::uint64_t calls = calls_.size();
  return start_ + static_cast<Nanoseconds>(slot / calls) * kPeriod +
         kPeriod * static_cast<Nanoseconds>(slot % calls) / static_cast<Nanoseconds>(calls);
}

void LoadLoop::send_what_is_due() {
  for (Nanoseconds now = now_ns(); due(slot_) <= now; now = now_ns()) {
    const std::size_t index = slot_ % calls_.size();
    const Nanoseconds late = now - due(slot_++);
    LoadCall& call = *calls_[index];
    if (call.state() != LoadCall::State::kRunning) continue;
    if (watching_) lateness_ms_.push_back(static_cast<float>(static_cast<double>(late) * 1e-6));
    call.send_frame();
    poll(index);
  }
}

void LoadLoop::send_or_skip(bool send) {
  if (send) return send_what_is_due();
  while (due(slot_) <= now_ns()) ++slot_;
}

// Marks come back in the order in which their audio ends, call by call.
void LoadLoop::echo_marks() {
  const Nanoseconds now = now_ns();
  next_mark_ = now + kPeriod;
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    const Nanoseconds mark = calls_[i]->next_mark();
    if (mark < 0) continue;
    if (mark <= now) {
      calls_[i]->echo_marks(now);
      poll(i);
    } else {
      next_mark_ = std::min(next_mark_, mark);
    }
  }
  // Not more often than each millisecond.
  next_mark_ = std::max(next_mark_, now + kMs);
}

void LoadLoop::run(Nanoseconds until, bool send) {
  epoll_event events[256];
  for (Nanoseconds now = now_ns(); now < until; now = now_ns()) {
    send_or_skip(send);
    if (now >= next_mark_) echo_marks();
    const Nanoseconds wake = std::min({until, due(slot_), next_mark_});
    const Nanoseconds least = calls_.size() >= kManyCalls ? kLeastSleep : 0;
    const Nanoseconds rest = std::max(least, wake - now_ns());
    if (least > 0) {
      // Not in epoll, which would return with the first answer.
      const timespec nap{rest / kSecond, rest % kSecond};
      clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, nullptr);
      send_or_skip(send);
    }
    const Nanoseconds wait = least > 0 ? 0 : rest;
    const timespec timeout{wait / kSecond, wait % kSecond};
    const int count = epoll_pwait2(epoll_, events, 256, &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      const auto index = static_cast<std::size_t>(events[i].data.u64);
      LoadCall& call = *calls_[index];
      if (events[i].events & EPOLLOUT) call.on_writable();
      if (events[i].events & ~std::uint32_t{EPOLLOUT}) call.on_readable();
      if (call.state() == LoadCall::State::kClosed)
        epoll_ctl(epoll_, EPOLL_CTL_DEL, call.fd(), nullptr);
      poll(index);
      if (send && i % kBatch == kBatch - 1) send_what_is_due();
    }
  }
}

}  // namespace bench
