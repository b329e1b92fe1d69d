// Rooms and seats that are meant by names, or by the beginnings of ids. Pure.
#pragma once

#include <string>
#include <vector>

#include "client/core/api_values.hpp"

namespace jackfield::client {

// nullptr: `problem` says why, for people. By its name when only one has it, by its id, or by the
// beginning of that.
const Room* choose_room(const std::vector<Room>& rooms, const std::string& word,
                        std::string& problem);
// The same: by the name of who sits there, by the session's id, or by its beginning.
const Seat* choose_seat(const Room& room, const std::string& word, std::string& problem);

}  // namespace jackfield::client
