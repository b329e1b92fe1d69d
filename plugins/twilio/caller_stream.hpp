// The caller's audio on its way from the call into the pipeline.
//
// Without a task of its own, it pushes from the call's I/O thread, under the src pad's stream lock
// and only while PLAYING, as long as nothing downstream can block; otherwise the I/O thread fills a
// bounded queue and the pad's task pushes. What the elements below are is asked again whenever they
// are relinked.
//
// Lock order: the pad's stream lock -> lock_, which is not held while pushing or posting.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "call.hpp"
#include "caller_stamps.hpp"
#include "gstpp.hpp"

namespace twilio {

struct MiniUnref {
  void operator()(GstMiniObject* object) const noexcept { gst_mini_object_unref(object); }
};
using MiniObjectPtr = std::unique_ptr<GstMiniObject, MiniUnref>;

class CallerStream final : public CallSource {
 public:
  CallerStream(GstElement* element, GstPad* pad) : element_(element), pad_(pad) {}

  // CallSource, on the I/O thread.
  void on_started(const StartDetails& start) override;
  void on_audio(std::span<const uint8_t> mulaw, CallerPosition at, bool discontinuous,
                bool remapped) override;
  void on_missing(CallerPosition at, uint64_t samples) override;
  void on_digit(char digit) override;
  void on_ended(const char* reason, uint64_t duration_ns) override;

  // READY to PAUSED.
  void activate();
  void set_playing(bool playing);
  // PAUSED to READY, before the pad is deactivated: lets the task go, so that this can be done.
  void deactivate();
  // Says that the call was ended by the pipeline's end, unless its end was told already.
  void post_hang_up();
  // From an application that wants the stream to end.
  void send_eos(GstEvent* eos);
  // Audio left out because it was stamped late, in samples.
  uint64_t caught_up() const { return caught_up_; }
  // Adds what it has counted.
  void count(GstStructure* stats) const;

 private:
  void loop();
  GstBuffer* make_buffer(size_t size);
  static void stamp(GstBuffer* buffer, const CallerStamps::Stamp& stamp);
  void deliver(MiniObjectPtr object);
  void push(MiniObjectPtr object);
  void begin_stream();
  void finish(GstFlowReturn flow);

  GstElement* const element_;
  GstPad* const pad_;
  std::atomic<bool> playing_{false};
  std::atomic<bool> reanchor_{true};
  std::atomic<bool> eos_sent_{false};
  std::atomic<bool> ended_posted_{false};
  std::atomic<uint64_t> dropped_{0};
  std::atomic<uint64_t> pushed_{0};
  std::atomic<uint64_t> caught_up_{0};  // samples

  // Of the I/O thread.
  CallerStamps stamps_;
  bool discontinuous_ = false;  // buffers were dropped

  // Of the pad's stream lock.
  bool begun_ = false;
  bool finished_ = false;

  mutable std::mutex lock_;
  std::condition_variable changed_;
  // Guarded by lock_.
  std::deque<MiniObjectPtr> queue_;
  bool stopped_ = true;
  std::string stream_sid_, call_sid_;
  bool asked_ = false;  // whether anything downstream can block
  bool task_ = false;
};

}  // namespace twilio
