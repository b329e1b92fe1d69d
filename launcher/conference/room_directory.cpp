#include "conference/room_directory.hpp"

#include <algorithm>
#include <iterator>

namespace jackfield::conference {
namespace {

Outcome no_such_room() {
  return {"no-such-room", "there is no room of this id, nor one only of this name"};
}

}  // namespace

std::vector<RoomView> RoomDirectory::rooms() const {
  std::vector<RoomView> all;
  for (const Rooms* line : lines_) {
    auto rooms = line->rooms();
    all.insert(all.end(), std::make_move_iterator(rooms.begin()),
               std::make_move_iterator(rooms.end()));
  }
  std::stable_sort(all.begin(), all.end(), [](const RoomView& one, const RoomView& other) {
    return one.opened_at < other.opened_at;
  });
  return all;
}

Rooms* RoomDirectory::line_of(std::string_view id_or_name) const {
  Rooms* found = nullptr;
  for (Rooms* line : lines_) {
    const auto room = line->find(id_or_name);
    if (!room) continue;
    if (room->id == id_or_name) return line;
    if (found) return nullptr;
    found = line;
  }
  return found;
}

std::optional<RoomView> RoomDirectory::find(std::string_view id_or_name) const {
  const Rooms* line = line_of(id_or_name);
  return line ? line->find(id_or_name) : std::nullopt;
}

std::optional<Place> RoomDirectory::place_of(std::string_view session) const {
  for (const Rooms* line : lines_) {
    if (auto place = line->place_of(session)) return place;
  }
  return std::nullopt;
}

Outcome RoomDirectory::change(std::string_view room, std::string_view session,
                              const SeatChange& change) {
  Rooms* line = line_of(room);
  return line ? line->change(room, session, change) : no_such_room();
}

Outcome RoomDirectory::kick(std::string_view room, std::string_view session,
                            const std::string& reason) {
  Rooms* line = line_of(room);
  return line ? line->kick(room, session, reason) : no_such_room();
}

Outcome RoomDirectory::end(std::string_view room, const std::string& reason) {
  Rooms* line = line_of(room);
  return line ? line->end(room, reason) : no_such_room();
}

Outcome RoomDirectory::add_agent(std::string_view room) {
  Rooms* line = line_of(room);
  return line ? line->add_agent(room) : no_such_room();
}

void RoomDirectory::add(RoomListener& listener) {
  for (Rooms* line : lines_) line->add(listener);
}

void RoomDirectory::remove(RoomListener& listener) {
  for (Rooms* line : lines_) line->remove(listener);
}

}  // namespace jackfield::conference
