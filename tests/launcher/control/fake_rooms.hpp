// Rooms of conferences that are nothing but their views: what is asked for happens at once.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "conference/rooms.hpp"

namespace jackfield::test {

class FakeRooms final : public conference::Rooms {
 public:
  using Outcome = conference::Outcome;
  using RoomView = conference::RoomView;
  using SeatView = conference::SeatView;

  void open(const std::string& id, const std::string& name, const std::string& line = "meet") {
    RoomView& room = rooms_.emplace_back();
    room.id = id;
    room.name = name;
    room.line = line;
    room.opened_at = 1'700'000'000'000'000;
    room.size = 3;
    room.peak_db = -12.34;
    room.distinct = 2.5;
    room.block_time = 15'000;
    tell([&](conference::RoomListener& listener) { listener.room_opened(room); });
  }
  void sit(const std::string& room_id, const std::string& session, const std::string& kind,
           const std::string& name = {}, bool muted = false) {
    RoomView& room = *at(room_id);
    SeatView& seat = room.seats.emplace_back();
    seat.session = session;
    seat.kind = kind;
    seat.name = name;
    seat.joined_at = room.opened_at;
    seat.muted = muted;
    tell([&](conference::RoomListener& listener) { listener.seat_joined(room, seat); });
  }
  SeatView* seat(const std::string& room_id, const std::string& session) {
    RoomView* room = at(room_id);
    if (!room) return nullptr;
    const auto it = std::find_if(room->seats.begin(), room->seats.end(),
                                 [&](const SeatView& one) { return one.session == session; });
    return it == room->seats.end() ? nullptr : &*it;
  }
  // What the next thing that is asked for comes to, instead of happening.
  void fail(const char* code) { failure_ = {.code = code, .message = "as the test wants it"}; }
  // Who listens.
  std::size_t listeners() const { return listeners_.size(); }
  std::size_t questions = 0;  // how often a room was looked at

  std::vector<RoomView> rooms() const override { return rooms_; }
  std::optional<RoomView> find(std::string_view room) const override {
    ++const_cast<FakeRooms*>(this)->questions;
    const RoomView* found = const_cast<FakeRooms*>(this)->at(room);
    return found ? std::optional{*found} : std::nullopt;
  }
  std::optional<conference::Place> place_of(std::string_view session) const override {
    for (const RoomView& room : rooms_) {
      for (const SeatView& seat : room.seats) {
        if (seat.session == session)
          return conference::Place{.room = room.id, .name = room.name, .line = room.line};
      }
    }
    return std::nullopt;
  }
  Outcome change(std::string_view room_id, std::string_view session,
                 const conference::SeatChange& change) override {
    if (failure_.code) return std::exchange(failure_, {});
    RoomView* room = at(room_id);
    if (!room) return no_room();
    SeatView* one = seat(room->id, std::string{session});
    if (!one) return no_seat();
    if (change.mute) one->muted = *change.mute;
    if (change.gain_db) one->gain_db = *change.gain_db;
    if (change.hears) one->hears = *change.hears;
    tell([&](conference::RoomListener& listener) { listener.seat_changed(*room, *one); });
    return {};
  }
  Outcome kick(std::string_view room_id, std::string_view session,
               const std::string& reason) override {
    if (failure_.code) return std::exchange(failure_, {});
    RoomView* room = at(room_id);
    if (!room) return no_room();
    const SeatView* one = seat(room->id, std::string{session});
    if (!one) return no_seat();
    const SeatView gone = *one;
    std::erase_if(room->seats, [&](const SeatView& other) { return other.session == session; });
    tell([&](conference::RoomListener& listener) { listener.seat_left(*room, gone, reason); });
    return {};
  }
  Outcome end(std::string_view room_id, const std::string& reason) override {
    if (failure_.code) return std::exchange(failure_, {});
    const RoomView* room = at(room_id);
    if (!room) return no_room();
    while (!at(room_id)->seats.empty())
      static_cast<void>(kick(room_id, std::string{at(room_id)->seats[0].session}, reason));
    const RoomView gone = *at(room_id);
    std::erase_if(rooms_, [&](const RoomView& other) { return other.id == gone.id; });
    tell([&](conference::RoomListener& listener) { listener.room_ended(gone, reason); });
    return {};
  }
  Outcome add_agent(std::string_view room_id) override {
    if (failure_.code) return std::exchange(failure_, {});
    const RoomView* room = at(room_id);
    if (!room) return no_room();
    sit(room->id, "agent" + std::to_string(++agents_), "agent");
    return {};
  }
  void add(conference::RoomListener& listener) override { listeners_.push_back(&listener); }
  void remove(conference::RoomListener& listener) override { std::erase(listeners_, &listener); }

 private:
  static Outcome no_room() { return {.code = "no-such-room", .message = "no such room"}; }
  static Outcome no_seat() { return {.code = "no-such-seat", .message = "no such seat"}; }
  RoomView* at(std::string_view id_or_name) {
    for (RoomView& room : rooms_)
      if (room.id == id_or_name) return &room;
    RoomView* found = nullptr;
    for (RoomView& room : rooms_) {
      if (room.name != id_or_name) continue;
      if (found) return nullptr;
      found = &room;
    }
    return found;
  }
  template <typename Function>
  void tell(const Function& function) {
    for (conference::RoomListener* listener : std::vector{listeners_}) function(*listener);
  }

  std::vector<RoomView> rooms_;
  std::vector<conference::RoomListener*> listeners_;
  Outcome failure_;
  int agents_ = 0;
};

}  // namespace jackfield::test
