// The running time of one agent: the pipeline clock's when the caller is live, the position in the
// caller's stream when it is a file. Any thread.
#pragma once

#include <gst/gst.h>

#include <atomic>

#include "gstpp.hpp"

namespace agentbrain {

class MediaTime {
 public:
  void reset() {
    live_ = true;
    position_ = 0;
    ended_at_ = 0;
  }
  bool live() const { return live_; }
  void set_live(bool live) { live_ = live; }

  // The caller's stream (or a reply behind its end) has got this far.
  void advance(GstClockTime position) {
    guint64 before = position_;
    while (before < position && !position_.compare_exchange_weak(before, position)) {
    }
  }
  GstClockTime position() const { return position_; }
  // Behind the end of a file, time goes on by itself so that waits still end.
  void input_ended() { ended_at_ = gst_util_get_timestamp(); }
  bool ended() const { return ended_at_ != 0; }

  GstClockTime now(GstElement* element) const {
    if (live_) {
      const GstClockTime now = gstpp::running_time(element);
      return GST_CLOCK_TIME_IS_VALID(now) ? now : 0;
    }
    const guint64 ended = ended_at_;
    return position_ + (ended ? gst_util_get_timestamp() - ended : 0);
  }

 private:
  std::atomic<bool> live_{true};
  std::atomic<guint64> position_{0};
  std::atomic<guint64> ended_at_{0};
};

}  // namespace agentbrain
