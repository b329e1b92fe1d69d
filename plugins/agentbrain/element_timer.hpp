// Calls an element back once, after a time of its clock. While it waits it keeps a reference to the
// element, so stop() belongs into PAUSED -> READY. Any thread.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <mutex>

namespace agentbrain {

class ElementTimer {
 public:
  ElementTimer() = default;
  ElementTimer(const ElementTimer&) = delete;
  ElementTimer& operator=(const ElementTimer&) = delete;
  ~ElementTimer() { stop(); }

  // Replaces what was armed before. `call` runs in GStreamer's thread pool: the clock's own thread
  // serves the whole process and must not wait for one element. Does nothing without a clock.
  void arm(GstElement* element, GstClockTime delay, GstElementCallAsyncFunc call);
  // A call that is already on its way still comes.
  void stop();
  // Since the last arm(), also after the call.
  bool armed() const { return armed_; }

 private:
  std::mutex lock_;
  GstClockID id_ = nullptr;  // under lock_
  std::atomic<bool> armed_{false};
};

}  // namespace agentbrain
