// The properties of mixerseat: those of the mixer's pads are kept here, and handed on in a room.
#pragma once

#include <gst/gst.h>

#include <string>

#include "duck_order.hpp"
#include "member_properties.hpp"
#include "mixer_seat_room.hpp"

namespace ducking {

struct SeatSettings {
  double gain = 1;
  bool mute = false;
  Duck duck = Duck::kAuto;
  int priority = 0;
  bool voice_only = false;
  std::string route;  // "": all but oneself
  std::string mixer_name;
};

// To be called in class_init; it lives as long as the class, which is for ever.
jackfield::MemberProperties<SeatSettings>* install_seat_properties(GObjectClass* klass);

// From the seat's properties to the pads of its room: all, or one that has changed.
void hand_on(GObject* seat, const SeatRoom& room);
void hand_on(const SeatRoom& room, GParamSpec* pspec, const GValue* value);

}  // namespace ducking
