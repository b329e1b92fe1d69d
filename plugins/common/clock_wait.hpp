// Sleeps on an element's clock, for tasks that have something to do at a certain running time.
#pragma once

#include <gst/gst.h>

#include <mutex>

#include "gstpp.hpp"

namespace jackfield {

// One thread waits; any may wake it, under the lock.
class ClockWait {
 public:
  // Sleeps until a running time of the element. `allowed()` is asked under `lock`, which is free
  // while it sleeps. False: not allowed, woken, or there is no clock.
  template <typename Allowed>
  bool until(GstElement* element, GstClockTime running, std::mutex& lock, Allowed allowed) {
    const gstpp::ClockPtr clock{gst_element_get_clock(element)};
    if (!clock) return false;
    GstClockID id =
        gst_clock_new_single_shot_id(clock.get(), gst_element_get_base_time(element) + running);
    {
      std::lock_guard guard(lock);
      if (!allowed()) {
        gst_clock_id_unref(id);
        return false;
      }
      waiting_ = id;
    }
    const GstClockReturn result = gst_clock_id_wait(id, nullptr);
    {
      std::lock_guard guard(lock);
      waiting_ = nullptr;
    }
    gst_clock_id_unref(id);
    return result != GST_CLOCK_UNSCHEDULED;
  }
  // Under the lock.
  void wake() {
    if (waiting_) gst_clock_id_unschedule(waiting_);
  }

 private:
  GstClockID waiting_ = nullptr;
};

}  // namespace jackfield
