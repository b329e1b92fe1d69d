// What mixerseat keeps, for the files that it consists of.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "element_time.hpp"
#include "gstmixerseat.hpp"
#include "gstpp.hpp"
#include "mixer_seat_output.hpp"
#include "mixer_seat_room.hpp"
#include "mixer_seat_settings.hpp"
#include "mixer_seat_wait.hpp"
#include "weak_element.hpp"

namespace ducking {

// One pad that samples come into. The streaming thread's own, but for `wait` and `never_waits`.
struct SeatInput {
  gstpp::CapsPtr caps;
  bool live = false;                     // so upstream says
  std::atomic<bool> never_waits{false};  // whoever pushes must not be held up
  GstSegment segment{};
  SeatWait wait;
};

struct SeatCounts {
  guint64 handed_on = 0;  // buffers that the mixer took
  guint64 outside = 0;    // that came while the seat was in no room
  guint64 refused = 0;    // that the mixer did not take
  guint64 joined = 0;     // rooms
  guint64 prompted = 0;   // buffers of `prompt` that went out
};

struct SeatState {
  SeatSettings settings;  // under the object lock

  GstPad* sink = nullptr;  // the element's
  GstPad* src = nullptr;
  std::shared_ptr<SeatOutput> output;
  const std::shared_ptr<ElementTime> time = std::make_shared<ElementTime>();
  SeatInput input;
  WeakElement wanted;                // the mixer, null: none
  std::atomic<bool> in_loop{false};  // what goes out comes back

  std::mutex lock;
  std::condition_variable settled;
  // Under lock.
  gstpp::PadPtr prompt;
  std::shared_ptr<SeatInput> prompt_input;
  std::shared_ptr<SeatRoom> room;
  bool running = false;        // PAUSED or PLAYING
  bool ended = false;          // EOS came into `sink`
  bool settling = false;       // a thread joins or leaves
  std::thread::id settled_by;  // which
  unsigned misfits = 0;        // buffers refused in a row because of their format
  SeatCounts counts;
};

// Joins or leaves, until the seat is where it is wanted. Any thread, without a lock; returns when
// that is so, also where another thread does it.
void settle(GstMixerSeat* self);
std::shared_ptr<SeatRoom> room_of(SeatState& state);

}  // namespace ducking

struct _GstMixerSeat {
  GstElement parent;
  ducking::SeatState* state;
};
