// What others see of a line's rooms, and do to them.
#include <algorithm>
#include <utility>

#include "conference/conference_line.hpp"

namespace jackfield::conference {
namespace {

constexpr int kLeastGain = -60;  // dB
constexpr int kMostGain = 20;

Outcome no_such_room() { return {"no-such-room", "there is no room of this id or name"}; }
Outcome no_such_seat() { return {"no-such-seat", "no session of this id has a seat in this room"}; }

}  // namespace

const RoomBook::Room* ConferenceLine::book_room(std::string_view id_or_name) const {
  for (const RoomBook::Room& room : book_.rooms()) {
    if (room.phase == RoomBook::Phase::kOpen &&
        (room.session == id_or_name || room.name == id_or_name))
      return &room;
  }
  return nullptr;
}

SeatView ConferenceLine::view_of(const std::string& session, const Seat& seat,
                                 bool measured) const {
  SeatView view{.session = session,
                .kind = seat_word(seat.kind),
                .name = seat.name,
                .joined_at = seat.joined_at,
                .hears = seat.hears};
  if (measured) {
    seat.link->measure(view);
  } else {
    view.muted = seat.link->muted();
    view.gain_db = seat.link->gain_db();
  }
  return view;
}

RoomView ConferenceLine::view_of(const RoomBook::Room& room, bool measured) const {
  RoomView view{.id = room.session, .name = room.name, .line = line_, .size = size_};
  const auto open = open_.find(room.number);
  if (open != open_.end()) {
    view.opened_at = open->second.opened_at;
    if (measured && open->second.mixer) conference::measure(open->second.mixer.get(), view);
  }
  for (const Guest& guest : room.seats) {
    const auto it = seats_.find(guest.session);
    if (it != seats_.end() && it->second.joined_at && !it->second.ending)
      view.seats.push_back(view_of(guest.session, it->second, measured));
  }
  return view;
}

std::vector<RoomView> ConferenceLine::rooms() const {
  std::vector<RoomView> views;
  for (const RoomBook::Room& room : book_.rooms()) {
    if (room.phase == RoomBook::Phase::kOpen) views.push_back(view_of(room, true));
  }
  return views;
}

std::optional<RoomView> ConferenceLine::find(std::string_view id_or_name) const {
  const RoomBook::Room* room = book_room(id_or_name);
  if (!room) return std::nullopt;
  return view_of(*room, true);
}

std::optional<Place> ConferenceLine::place_of(std::string_view session) const {
  const RoomBook::Room* room = book_.room_of(session);
  const auto it = seats_.find(session);
  if (!room || it == seats_.end() || !it->second.joined_at || it->second.ending)
    return std::nullopt;
  return Place{.room = room->session, .name = room->name, .line = line_};
}

Outcome ConferenceLine::change(std::string_view room, std::string_view session,
                               const SeatChange& change) {
  const RoomBook::Room* where = book_room(room);
  if (!where) return no_such_room();
  const auto it = seats_.find(session);
  if (!sits_in(*where, session)) return no_such_seat();
  if (change.gain_db && !(*change.gain_db >= kLeastGain && *change.gain_db <= kMostGain))
    return {"out-of-range", "gain is from " + std::to_string(kLeastGain) + " to " +
                                std::to_string(kMostGain) + " dB"};
  for (const std::string& other : change.hears.value_or(Hears{}).sessions) {
    if (!sits_in(*where, other))
      return {"no-such-seat", "the session '" + other + "' has no seat in this room"};
  }
  Seat& seat = it->second;
  if (change.mute) seat.link->set_muted(*change.mute);
  if (change.gain_db) seat.link->set_gain_db(*change.gain_db);
  if (change.hears) {
    seat.hears = *change.hears;
    seat.link->set_route(route_of(it->first, seat));
  }
  tell([&](RoomListener& listener) {
    listener.seat_changed(view_of(*where, false), view_of(it->first, seat, true));
  });
  return {};
}

Outcome ConferenceLine::kick(std::string_view room, std::string_view session,
                             const std::string& reason) {
  const RoomBook::Room* where = book_room(room);
  if (!where) return no_such_room();
  if (!sits_in(*where, session)) return no_such_seat();
  perform(action::EndSeat{std::string{session}, reason});
  return {};
}

Outcome ConferenceLine::end(std::string_view room, const std::string& reason) {
  const RoomBook::Room* where = book_room(room);
  if (!where) return no_such_room();
  book_.end(where->number, reason);
  drain();
  return {};
}

Outcome ConferenceLine::add_agent(std::string_view room) {
  const RoomBook::Room* where = book_room(room);
  if (!where) return no_such_room();
  if (!agents_) return {"no-agent", "the conference '" + line_ + "' has no seat for agents"};
  if (!book_.add_agent(where->number)) return {"room-full", "the room is full"};
  drain();
  return {};
}

bool ConferenceLine::sits_in(const RoomBook::Room& room, std::string_view session) const {
  const auto it = seats_.find(session);
  return it != seats_.end() && it->second.joined_at && !it->second.ending &&
         book_.room_of(session) == &room;
}

void ConferenceLine::remove(RoomListener& listener) { std::erase(listeners_, &listener); }

void ConferenceLine::tell(const std::function<void(RoomListener&)>& function) {
  // Some may come and go meanwhile.
  for (RoomListener* listener : std::vector{listeners_}) {
    if (std::find(listeners_.begin(), listeners_.end(), listener) != listeners_.end())
      function(*listener);
  }
}

}  // namespace jackfield::conference
