// Holds a pusher up until what it brings is due, as a sink does: where nobody else would, because
// the seat is in no room.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <mutex>

#include "clock_wait.hpp"

namespace ducking {

class SeatWait {
 public:
  // To be asked for before the reason to wait is looked at.
  unsigned turn() {
    std::lock_guard guard(lock_);
    return turn_;
  }
  // False: stopped meanwhile, or let go since `turn`.
  bool until(GstElement* seat, GstClockTime running, unsigned turn) {
    {
      std::unique_lock guard(lock_);
      wake_.wait(guard, [&] { return stopped_ || playing_ || turn != turn_; });
      if (stopped_ || turn != turn_) return false;
    }
    if (!GST_CLOCK_TIME_IS_VALID(running)) return true;
    return clock_wait_.until(seat, running, lock_,
                             [&] { return !stopped_ && playing_ && turn == turn_; });
  }
  void start() { set(stopped_, false); }
  void stop() { set(stopped_, true); }
  void play(bool playing) { set(playing_, playing); }
  // Whoever waits now goes on.
  void let_go() { set(turn_, turn() + 1); }

 private:
  template <typename Value>
  void set(Value& what, Value value) {
    std::lock_guard guard(lock_);
    what = value;
    clock_wait_.wake();
    wake_.notify_all();
  }

  std::mutex lock_;
  std::condition_variable wake_;
  jackfield::ClockWait clock_wait_;
  bool stopped_ = true, playing_ = false;
  unsigned turn_ = 0;
};

}  // namespace ducking
