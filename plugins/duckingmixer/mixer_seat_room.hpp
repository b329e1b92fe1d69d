// The place of a mixerseat in a room: its pads of the duckingmixer, from joining to leaving.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <functional>
#include <memory>

#include "element_time.hpp"
#include "gstpp.hpp"
#include "mixer_pads.hpp"
#include "mixer_seat_output.hpp"
#include "mixer_seats.hpp"
#include "output_receiver.hpp"
#include "weak_element.hpp"

namespace ducking {

// How samples come into a seat.
struct SeatStream {
  const gstpp::CapsPtr& caps;
  bool live;         // so upstream says
  bool never_waits;  // whoever pushes must not be held up
};

class SeatRoom : public OutputReceiver, public std::enable_shared_from_this<SeatRoom> {
 public:
  // `on_end` is called when the mixer ends it, by whatever thread does so, without a lock.
  SeatRoom(GstDuckingMixer* mixer, std::shared_ptr<SeatOutput> output,
           std::shared_ptr<const ElementTime> seat_time,
           std::function<void(const SeatRoom&)> on_end);

  // False: the mixer has no room.
  bool join();
  // Any thread, at any time, more than once. Lets go whoever waits in put().
  void leave();
  bool over() const { return over_; }

  bool is_of(gconstpointer mixer) const { return mixer == mixer_address_; }
  guint number() const { return pads_.number; }
  GstPad* sink() const { return pads_.sink.get(); }
  GstPad* src() const { return pads_.src.get(); }
  const Mixer::Format& format() const { return format_; }

  // The streaming thread of the seat's sink pad. `running`: of the seat's pipeline. Waits as the
  // mixer's pad does. False: the mixer did not take it.
  bool put(GstBuffer* buffer, const SeatStream& stream, GstClockTime running);
  // Until what was put has been taken, or 300 ms.
  void drain();
  // What came last had the room's format.
  bool fits() const { return fits_; }
  void flush_start();
  void flush_stop();

  bool undecided() override;
  bool prefers_float(const Mixer::Format& format) override;
  GstFlowReturn take(gstpp::BufferPtr buffer) override;
  void ended() override;

 private:
  gstpp::BufferPtr restamped(gstpp::BufferPtr buffer);
  gstpp::BufferPtr faded_in(const gstpp::BufferPtr& buffer) const;

  WeakElement mixer_;
  const gconstpointer mixer_address_;  // to be compared only
  const std::shared_ptr<const ElementTime> mixer_time_, seat_time_;
  const std::shared_ptr<SeatOutput> output_;
  const std::function<void(const SeatRoom&)> on_end_;
  const Mixer::Format format_;
  SeatPads pads_;
  std::atomic<bool> over_{false};

  // The streaming thread's own.
  gstpp::CapsPtr handed_caps_;  // the mixer's pad knows them
  bool fits_ = false;

  // The mixing task's own.
  gstpp::CapsPtr out_caps_;
  bool out_float_ = false;
  bool first_ = true;
  GstSegment segment_{};
  gint64 offset_ = 0;                        // of the segment, ns
  GstClockTime next_ = GST_CLOCK_TIME_NONE;  // on another clock: the end of the last block
};

}  // namespace ducking
