// What mixerseat asks of a duckingmixer: an input and an output of the same number that belong
// together, and are not linked.
#pragma once

#include <gst/gst.h>

#include <memory>

#include "element_time.hpp"
#include "gstduckingmixer.hpp"
#include "gstpp.hpp"
#include "mixer.hpp"
#include "output_receiver.hpp"

namespace ducking {

// Any thread, without a lock.
struct SeatPads {
  gstpp::PadPtr sink, src;  // none: the mixer has no room
  guint number = 0;         // of both
};
SeatPads take_seat(GstDuckingMixer* mixer, const std::shared_ptr<OutputReceiver>& receiver);
// What the receiver has of them; it is not told that they end.
void give_up_seat(GstDuckingMixer* mixer, const SeatPads& pads, const OutputReceiver* receiver);

Mixer::Format format_of(GstDuckingMixer* mixer);
std::shared_ptr<const ElementTime> time_of(GstDuckingMixer* mixer);

// The element's own: all seats end.
void clear_seats(GstDuckingMixer* mixer);

}  // namespace ducking
