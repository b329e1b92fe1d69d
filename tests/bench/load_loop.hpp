// Many callers on one thread: begins them one after the other, sends their frames when they are
// due, evenly spread over the 20 ms, and serves their sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "load_call.hpp"

namespace bench {

constexpr Nanoseconds kMs = 1'000'000;
constexpr Nanoseconds kSecond = 1000 * kMs;
constexpr Nanoseconds kPeriod = 20 * kMs;

class LoadLoop {
 public:
  using Calls = std::vector<std::unique_ptr<LoadCall>>;

  LoadLoop();
  ~LoadLoop();
  LoadLoop(const LoadLoop&) = delete;
  LoadLoop& operator=(const LoadLoop&) = delete;

  // All of them before ramp().
  void add(std::unique_ptr<LoadCall> call);
  const Calls& calls() const { return calls_; }

  // Begins `rate` calls a second and waits until all run. Empty, or what went wrong.
  std::string ramp(double rate);
  // Serves them until then, and with `send` sends what is due.
  void run(Nanoseconds until, bool send);
  // What the first call that failed says of it, or nothing.
  std::string first_problem() const;
  // Says goodbye to all.
  void stop();

  // How late frames were sent from here on, in ms.
  void watch_lateness(std::size_t frames);
  void end_watching() { watching_ = false; }
  std::vector<float>& lateness_ms() { return lateness_ms_; }

 private:
  void poll(std::size_t index);
  Nanoseconds due(std::uint64_t slot) const;
  void send_what_is_due();
  void send_or_skip(bool send);
  void echo_marks();

  Calls calls_;
  std::vector<std::uint32_t> polled_;
  std::vector<float> lateness_ms_;
  bool watching_ = false;
  const int epoll_;
  Nanoseconds start_;
  std::uint64_t slot_ = 0;
  Nanoseconds next_mark_ = 0;
};

}  // namespace bench
