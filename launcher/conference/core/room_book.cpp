#include "conference/core/room_book.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::conference {
namespace {

constexpr char kEmpty[] = "room-empty";

auto is_session(std::string_view session) {
  return [session](const Guest& guest) { return guest.session == session; };
}

bool contains(const std::vector<Guest>& guests, std::string_view session) {
  return std::any_of(guests.begin(), guests.end(), is_session(session));
}

}  // namespace

std::optional<RoomAction> RoomBook::next_action() {
  if (actions_.empty()) return std::nullopt;
  RoomAction next = std::move(actions_.front());
  actions_.pop_front();
  return next;
}

RoomBook::Room* RoomBook::edit(RoomNumber number) {
  const auto it = std::find_if(rooms_.begin(), rooms_.end(),
                               [&](const Room& room) { return room.number == number; });
  return it == rooms_.end() ? nullptr : &*it;
}

const RoomBook::Room* RoomBook::find(RoomNumber number) const {
  return const_cast<RoomBook*>(this)->edit(number);
}

const RoomBook::Room* RoomBook::find_named(std::string_view name) const {
  const auto it = std::find_if(rooms_.begin(), rooms_.end(), [&](const Room& room) {
    return room.name == name && room.phase != Phase::kEnding;
  });
  return it == rooms_.end() ? nullptr : &*it;
}

const RoomBook::Room* RoomBook::room_of(std::string_view session) const {
  const auto it = std::find_if(rooms_.begin(), rooms_.end(), [&](const Room& room) {
    return contains(room.seats, session) || contains(room.waiting, session);
  });
  return it == rooms_.end() ? nullptr : &*it;
}

std::size_t RoomBook::agents_of(RoomNumber room) const {
  return static_cast<std::size_t>(std::count_if(
      agents_.begin(), agents_.end(), [&](const AgentPlace& place) { return place.room == room; }));
}

std::size_t RoomBook::people_of(const Room& room) const {
  const auto people = [](const std::vector<Guest>& guests) {
    return static_cast<std::size_t>(
        std::count_if(guests.begin(), guests.end(),
                      [](const Guest& guest) { return guest.kind != SeatKind::kAgent; }));
  };
  return people(room.seats) + people(room.waiting);
}

bool RoomBook::has_place(std::string_view name) const {
  const Room* room = find_named(name);
  if (!room) return true;
  // Until the room is open its agents are not called yet.
  const std::size_t agents =
      room->phase == Phase::kOpening ? config_.agents : agents_of(room->number);
  return people_of(*room) + agents < config_.size;
}

bool RoomBook::enter(Guest guest, const std::string& name) {
  if (!has_place(name)) return false;
  const Room* known = find_named(name);
  if (!known) {
    rooms_.push_back({.number = ++last_, .name = name, .session = {}, .seats = {}, .waiting = {}});
    known = &rooms_.back();
    act(action::OpenRoom{known->number, name});
  }
  Room& room = *edit(known->number);
  if (room.phase == Phase::kOpening) {
    room.waiting.push_back(std::move(guest));
    return true;
  }
  sit(room, std::move(guest));
  changed(room);
  return true;
}

void RoomBook::sit(Room& room, Guest guest) {
  act(action::Seat{room.number, guest});
  room.seats.push_back(std::move(guest));
}

void RoomBook::leave(std::string_view session) {
  const Room* known = room_of(session);
  if (!known) return;
  Room& room = *edit(known->number);
  std::erase_if(room.seats, is_session(session));
  std::erase_if(room.waiting, is_session(session));
  if (people_of(room) == 0) return close(room, kEmpty);
  changed(room);
}

void RoomBook::started(RoomNumber number, const std::string& session) {
  if (Room* room = edit(number)) room->session = session;
}

void RoomBook::opened(RoomNumber number) {
  Room* room = edit(number);
  if (!room || room->phase != Phase::kOpening) return;
  room->phase = Phase::kOpen;
  for (Guest& guest : std::exchange(room->waiting, {})) sit(*room, std::move(guest));
  call_agents(*room);
  changed(*room);
}

void RoomBook::call_agents(const Room& room) {
  for (std::size_t i = agents_of(room.number); i < config_.agents; ++i) {
    agents_.push_back({.room = room.number, .session = {}, .again = {}, .policy = {}});
    act(action::StartAgent{room.number});
  }
}

void RoomBook::over(RoomNumber number) {
  Room* room = edit(number);
  if (!room) return;
  room->phase = Phase::kEnding;
  for (const AgentPlace& place : agents_) {
    if (place.room == number && !place.session.empty())
      act(action::EndSeat{place.session, "room-failed"});
  }
  std::erase_if(agents_, [&](const AgentPlace& place) { return place.room == number; });
  for (const auto* guests : {&room->seats, &room->waiting}) {
    for (const Guest& guest : *guests) {
      if (guest.kind != SeatKind::kAgent) act(action::Orphan{guest.session});
    }
  }
  rooms_.remove_if([&](const Room& one) { return one.number == number; });
}

void RoomBook::end(RoomNumber number, const std::string& reason) {
  Room* room = edit(number);
  if (!room || room->phase == Phase::kEnding) return;
  for (const auto* guests : {&room->seats, &room->waiting}) {
    for (const Guest& guest : *guests) {
      if (guest.kind != SeatKind::kAgent) act(action::EndSeat{guest.session, reason});
    }
  }
  close(*room, reason);
}

void RoomBook::close(Room& room, const std::string& reason) {
  if (room.phase == Phase::kEnding) return;
  room.phase = Phase::kEnding;
  for (const AgentPlace& place : agents_) {
    if (place.room == room.number && !place.session.empty())
      act(action::EndSeat{place.session, reason});
  }
  std::erase_if(agents_, [&](const AgentPlace& place) { return place.room == room.number; });
  act(action::EndRoom{room.number, reason});
}

// An agent is talked to alone when it and one person are there.
void RoomBook::changed(Room& room) {
  if (room.phase != Phase::kOpen) return;
  constexpr std::size_t kTwo = 2;
  const bool always = room.seats.size() == kTwo;
  for (const Guest& guest : room.seats) {
    if (guest.kind == SeatKind::kAgent) act(action::Answer{guest.session, always});
  }
}

bool RoomBook::add_agent(RoomNumber number) {
  Room* room = edit(number);
  if (!room || room->phase != Phase::kOpen || people_of(*room) + agents_of(number) >= config_.size)
    return false;
  agents_.push_back({.room = number, .session = {}, .again = {}, .policy = {}});
  act(action::StartAgent{number});
  return true;
}

void RoomBook::agent_started(RoomNumber number, const std::string& session) {
  const auto place = std::find_if(agents_.begin(), agents_.end(), [&](const AgentPlace& one) {
    return one.room == number && one.session.empty() && !one.again;
  });
  if (place == agents_.end()) return act(action::EndSeat{session, kEmpty});
  place->session = session;
}

void RoomBook::agent_ready(RoomNumber number, const std::string& session) {
  Room* room = edit(number);
  const bool expected = std::any_of(agents_.begin(), agents_.end(), [&](const AgentPlace& place) {
    return place.room == number && place.session == session;
  });
  if (!room || !expected || room->phase != Phase::kOpen || contains(room->seats, session)) return;
  sit(*room, {.session = session, .kind = SeatKind::kAgent, .name = {}, .speaker = true});
  changed(*room);
}

bool RoomBook::agent_over(RoomNumber number, std::string_view session, const Run& run,
                          std::int64_t now) {
  const auto place = std::find_if(agents_.begin(), agents_.end(), [&](const AgentPlace& one) {
    return one.room == number && one.session == session && !one.again;
  });
  if (place == agents_.end()) return false;
  std::optional<std::int64_t> delay;
  if (run.failed) delay = place->policy.after_failure(run.had_been_running, run.lasted);
  place->session.clear();
  if (delay)
    place->again = now + *delay;
  else
    agents_.erase(place);
  if (Room* room = edit(number); room && !session.empty()) {
    std::erase_if(room->seats, is_session(session));
    changed(*room);
  }
  return delay.has_value();
}

void RoomBook::tick(std::int64_t now) {
  for (AgentPlace& place : agents_) {
    if (!place.again || now < *place.again) continue;
    place.again.reset();
    act(action::StartAgent{place.room});
  }
}

std::optional<std::int64_t> RoomBook::deadline() const {
  std::optional<std::int64_t> first;
  for (const AgentPlace& place : agents_) {
    if (place.again && (!first || *place.again < *first)) first = place.again;
  }
  return first;
}

}  // namespace jackfield::conference
