// Rooms of conferences and their seats as JSON (docs/control-api.md).
#pragma once

#include "conference/rooms.hpp"
#include "records/message_json.hpp"

namespace jackfield {

// ROOM, with its seats.
JsonObjectPtr to_json(const conference::RoomView& room);
// SEAT.
JsonObjectPtr to_json(const conference::SeatView& seat);
// Of a room what changes all the time: what `room-levels` tells.
JsonObjectPtr levels_json(const conference::RoomView& room);

}  // namespace jackfield
