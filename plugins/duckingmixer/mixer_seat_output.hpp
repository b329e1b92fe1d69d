// The src pad of mixerseat: what the room or the prompt gives goes out, at once where what is below
// can hold nobody up, else from a task and a queue of the pad's own. It belongs to the seat, so
// that a seat whose output is stuck can leave its room at once.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "gstpp.hpp"
#include "mixer.hpp"

namespace ducking {

// Any thread, unless told otherwise.
class SeatOutput {
 public:
  explicit SeatOutput(GstPad* pad) : pad_(gstpp::share_object(pad)) {}

  // When the pad is activated and deactivated.
  void start();
  void stop();

  // Which of the two formats does what is below like best? 16 bits when it does not mind.
  bool prefers_float(const Mixer::Format& format);
  // What is below may have changed since that was asked.
  bool undecided();
  // Whose buffers go out from now on: a room's, or the prompt's (null). After an error of what is
  // below it is tried again.
  void give_to(const void* owner);

  // The events that have to come before it are sent by themselves. Nothing of whoever does not own
  // it (any more).
  GstFlowReturn send(const void* owner, gstpp::BufferPtr buffer, const gstpp::CapsPtr& caps,
                     const GstSegment& segment);
  // Of the seat's pipeline; unknown while it has no clock.
  GstClockTime running_time() const;
  // It has a task, which what is below can hold up.
  bool has_task() const;
  // EOS, behind what is queued.
  void end();

  struct Counts {
    guint64 sent = 0, unsent = 0;  // buffers
  };
  Counts counts() const;

 private:
  struct Item {
    gstpp::BufferPtr buffer;
    gstpp::EventPtr event;  // else
  };
  static void run(gpointer self);
  bool can_be_held_up();
  void add_events(const gstpp::CapsPtr& caps, const GstSegment& segment, std::vector<Item>& to);
  GstFlowReturn push(Item item);
  bool may_send(const void* owner, GstFlowReturn& flow);
  void queue(gstpp::BufferPtr buffer);
  void mark_discont(gstpp::BufferPtr& buffer);
  GstFlowReturn settle(GstFlowReturn flow);

  const gstpp::PadPtr pad_;
  mutable std::mutex lock_;
  std::condition_variable wake_;  // the task
  // Under the lock.
  std::deque<Item> queue_;
  std::size_t queued_ = 0;  // buffers of them
  const void* owner_ = nullptr;
  bool running_ = false;
  bool ended_ = false;
  bool looked_ = false;    // below, for what follows
  bool own_task_ = false;  // what is below can hold its pusher up
  bool begun_ = false;     // stream-start was sent
  bool discont_ = true;
  gstpp::CapsPtr caps_;  // as sent
  GstSegment segment_{};
  GstFlowReturn flow_ = GST_FLOW_OK;
  Counts counts_;
};

}  // namespace ducking
