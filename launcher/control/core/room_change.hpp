// What is to be another with a seat of a conference's room, as the control API is asked for it.
// Pure.
#pragma once

#include <optional>
#include <string>

#include "conference/rooms.hpp"
#include "json_reader.hpp"

namespace jackfield {

inline constexpr std::size_t kMostHeard = 255;  // sessions in `hears`; a mixer has no more

// {"mute","gain","hears"} of which at least one is there; the kinds of the members were looked at.
// `hears` is "all", {"all-but":[ids]} or {"only":[ids]}. nullopt: `error` says why.
std::optional<conference::SeatChange> read_seat_change(const JsonValue& body, std::string& error);

}  // namespace jackfield
