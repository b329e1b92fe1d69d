// Rooms of conferences and their seats as JSON (docs/control-api.md).
#pragma once

#include "conference/rooms.hpp"
#include "records/message_json.hpp"

namespace jackfield {

// A gain as it is told, dB: the mixer counts in factors, and -1 would come back as
// -0.9999999999999997.
double told_gain(double decibels);
// ROOM, with its seats.
JsonObjectPtr to_json(const conference::RoomView& room);
// SEAT.
JsonObjectPtr to_json(const conference::SeatView& seat);
// Of a room what changes all the time: what `room-levels` tells.
JsonObjectPtr levels_json(const conference::RoomView& room);

}  // namespace jackfield
