// On which clock an element plays, and since when, for others than its own threads: two pipelines
// of one process have the same clock as a rule, but never the same base time.
#pragma once

#include <gst/gst.h>

#include <mutex>
#include <optional>

#include "gstpp.hpp"

namespace ducking {

// Any thread.
class ElementTime {
 public:
  // On the way to PLAYING, when the pipeline has given its clock and base time.
  void play(GstElement* element) {
    gstpp::ClockPtr clock{gst_element_get_clock(element)};
    const GstClockTime base = gst_element_get_base_time(element);
    std::lock_guard guard(lock_);
    clock_.swap(clock);
    base_ = base;
  }
  void stop() {
    gstpp::ClockPtr clock;
    std::lock_guard guard(lock_);
    clock_.swap(clock);
  }
  bool plays() const { return get().clock != nullptr; }

  // What is to be added (ns) to a running time of `from` for that of `to`; none when one of them
  // does not play, or they have different clocks.
  static std::optional<gint64> difference(const ElementTime& from, const ElementTime& to) {
    const Values one = from.get();
    const Values other = to.get();
    if (!one.clock || one.clock != other.clock) return std::nullopt;
    return static_cast<gint64>(one.base) - static_cast<gint64>(other.base);
  }

 private:
  struct Values {
    const GstClock* clock;  // to be compared only
    GstClockTime base;
  };
  Values get() const {
    std::lock_guard guard(lock_);
    return {clock_.get(), base_};
  }

  mutable std::mutex lock_;
  gstpp::ClockPtr clock_;  // none: it does not play
  GstClockTime base_ = 0;
};

}  // namespace ducking
